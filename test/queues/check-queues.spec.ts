import { checkQueues, type QueueVerdict } from './check-queues.js';
import type { Outcome, QueueOperation, SettleCall, TopicAtEnd } from './queue-operation.js';

const SLACK_MS = 5;
const EMPTY: TopicAtEnd = { topic: 't', groups: ['g'], values: [], deadLetters: [] };

/** Of one message, `t-{place}`, with the value `m{place}`. */
function publish(
  place: number,
  from: number,
  more: { key?: string; outcome?: Outcome; delayed?: boolean } = {},
): QueueOperation {
  const { key = null, outcome = 'done', delayed = false } = more;
  const id = outcome === 'done' ? `t-${place}` : null;
  const messages = [{ value: `m${place}`, key, id, delayed }];
  return { kind: 'publish', topic: 't', from, until: from + 1, outcome, messages };
}

function receive(
  place: number,
  from: number,
  more: { key?: string; deliveries?: number; group?: string; value?: string } = {},
): QueueOperation {
  const { key = null, deliveries = 1, group = 'g', value = `m${place}` } = more;
  const receipt = `${group}/${place}/${deliveries}`;
  const messages = [{ id: `t-${place}`, value, key, deliveries, receipt }];
  const call = { from, until: from + 1, outcome: 'done' as const, topic: 't' };
  return { ...call, kind: 'receive', group, visibilityMs: 100, messages };
}

function settle(
  kind: SettleCall['kind'],
  place: number,
  from: number,
  more: { deliveries?: number; group?: string; outcome?: Outcome; acted?: boolean } = {},
): QueueOperation {
  const { deliveries = 1, group = 'g', outcome = 'done', acted = true } = more;
  const receipts = [
    { receipt: `${group}/${place}/${deliveries}`, acted: outcome === 'done' ? acted : null },
  ];
  return { kind, topic: 't', group, from, until: from + 1, outcome, receipts };
}

/** By somebody who lets dead letters come back. */
function redrive(from: number): QueueOperation {
  const call = { topic: 't', group: null, from, until: from + 1, outcome: 'done' as const };
  return { ...call, kind: 'reset', moves: 'dead-letters' };
}

function extend(place: number, from: number, visibilityMs: number): QueueOperation {
  const receipts = [{ receipt: `g/${place}/1`, acted: true }];
  const call = { topic: 't', group: 'g', from, until: from + 1, outcome: 'done' as const };
  return { ...call, kind: 'extend', receipts, visibilityMs };
}

function seek(from: number): QueueOperation {
  return { kind: 'reset', topic: 't', group: 'g', from, until: from + 1, outcome: 'done' };
}

function verdict(
  operations: readonly QueueOperation[],
  end: Partial<TopicAtEnd> = {},
): QueueVerdict {
  return checkQueues({ operations, end: [{ ...EMPTY, ...end }], slackMs: SLACK_MS });
}

function isGood({ lost, unexpected, outOfOrder, redelivered }: QueueVerdict): boolean {
  const { violations } = redelivered;
  return [lost, unexpected, outOfOrder, violations].every((list) => list.length === 0);
}

describe('checkQueues: lost messages', () => {
  it('one that was acknowledged by its consumer is where it should be', () => {
    const seen = verdict([publish(1, 0), receive(1, 10), settle('ack', 1, 20)]);
    expect(isGood(seen)).toBe(true);
    expect(seen.seen).toEqual({
      published: 1,
      publishedPerhaps: 0,
      delivered: 1,
      acknowledged: 1,
    });
  });

  it('one that was never delivered and does not stand in the topic is lost', () => {
    expect(verdict([publish(1, 0)]).lost).toEqual([
      't: "m1" is gone, never delivered and not acknowledged in g',
    ]);
    expect(verdict([publish(1, 0)], { values: ['m1'] }).lost).toEqual([]);
    expect(verdict([publish(1, 0)], { deadLetters: ['m1'] }).lost).toEqual([]);
  });

  it('one that was delivered, not acknowledged, and is gone is lost', () => {
    const operations = [publish(1, 0), receive(1, 10), settle('ack', 1, 200, { acted: false })];
    expect(verdict(operations).lost).toEqual([
      't: "m1" is gone, delivered and not acknowledged in g',
    ]);
  });

  it('each group has its own acknowledgement', () => {
    const operations = [publish(1, 0), receive(1, 10), settle('ack', 1, 20)];
    expect(verdict(operations, { groups: ['g', 'h'] }).lost).toEqual([
      't: "m1" is gone, never delivered and not acknowledged in h',
    ]);
    const both = [receive(1, 30, { group: 'h' }), settle('ack', 1, 40, { group: 'h' })];
    expect(verdict([...operations, ...both], { groups: ['g', 'h'] }).lost).toEqual([]);
  });

  it('a publish of unknown outcome may be gone, and an acknowledgement of unknown outcome may count', () => {
    expect(isGood(verdict([publish(1, 0, { outcome: 'unknown' })]))).toBe(true);
    const operations = [
      publish(1, 0),
      receive(1, 10),
      settle('ack', 1, 20, { outcome: 'unknown' }),
    ];
    expect(isGood(verdict(operations))).toBe(true);
    expect(isGood(verdict(operations, { values: ['m1'] }))).toBe(true);
  });

  it('an acknowledgement that was refused does not count', () => {
    const operations = [
      publish(1, 0),
      receive(1, 10),
      settle('ack', 1, 20, { outcome: 'refused' }),
    ];
    expect(verdict(operations).lost).toHaveLength(1);
  });
});

describe('checkQueues: unexpected messages', () => {
  it('what nobody published, or published later, or whose publish was refused', () => {
    expect(verdict([receive(1, 10), settle('ack', 1, 20)]).unexpected).toEqual([
      't/g: t-1 "m1", delivery 1, received 10 to 11 ms: never published',
    ]);
    const later = [publish(1, 50), receive(1, 10), settle('ack', 1, 20)];
    expect(verdict(later).unexpected).toEqual([
      't/g: t-1 "m1", delivery 1, received 10 to 11 ms: published later, at 50 ms',
    ]);
    const refused = [publish(1, 0, { outcome: 'refused' }), receive(1, 10), settle('ack', 1, 20)];
    expect(verdict(refused).unexpected).toHaveLength(1);
    expect(verdict([], { values: ['m9'] }).unexpected).toEqual([
      't: "m9" stands there, never published',
    ]);
  });

  it('a publish of unknown outcome may come, once', () => {
    const unknown = publish(1, 0, { outcome: 'unknown' });
    const once = [unknown, receive(1, 10), settle('ack', 1, 20)];
    expect(isGood(verdict(once))).toBe(true);
    const twice = [...once, receive(2, 30, { value: 'm1' }), settle('ack', 2, 40)];
    expect(verdict(twice).unexpected).toEqual([
      't/g: t-2 "m1", delivery 1, received 30 to 31 ms: it was stored before, as t-1',
    ]);
  });

  it('another id or key than its publish had', () => {
    const other = [publish(1, 0), receive(2, 10, { value: 'm1' }), settle('ack', 2, 20)];
    expect(verdict(other).unexpected).toEqual([
      't/g: t-2 "m1", delivery 1, received 10 to 11 ms: its publish was answered with id t-1',
    ]);
    const keyed = [publish(1, 0, { key: 'k' }), receive(1, 10), settle('ack', 1, 20)];
    expect(verdict(keyed).unexpected).toEqual([
      't/g: t-1 "m1", delivery 1, received 10 to 11 ms: with key null, published with k',
    ]);
  });
});

describe('checkQueues: messages that come again', () => {
  const first = [publish(1, 0), receive(1, 10)];
  const again = (from: number): readonly QueueOperation[] => {
    return [receive(1, from, { deliveries: 2 }), settle('ack', 1, from + 5, { deliveries: 2 })];
  };

  it('when its visibility has passed, or after a nack or a return', () => {
    const passed = verdict([...first, ...again(111)]);
    expect([isGood(passed), passed.redelivered.count]).toEqual([true, 1]);
    expect(passed.redelivered.byCause).toEqual({
      reset: 0,
      nack: 0,
      return: 0,
      'visibility passed': 1,
    });
    const nacked = verdict([...first, settle('nack', 1, 20), ...again(30)]);
    expect([isGood(nacked), nacked.redelivered.byCause.nack]).toEqual([true, 1]);
    const perhaps = [...first, settle('nack', 1, 20, { outcome: 'unknown' }), ...again(30)];
    expect(isGood(verdict(perhaps))).toBe(true);
    const returned = verdict([...first, settle('return', 1, 20), ...again(30)]);
    expect([isGood(returned), returned.redelivered.byCause.return]).toEqual([true, 1]);
  });

  it('not while another has it, nor after a nack that did nothing, nor before a nack', () => {
    const text =
      't/g: t-1 "m1", delivery 2, received 30 to 31 ms: while another had it, ' +
      't/g: t-1 "m1", delivery 1, received 10 to 11 ms';
    expect(verdict([...first, ...again(30)]).redelivered.violations).toEqual([text]);
    const stale = settle('nack', 1, 20, { acted: false });
    expect(verdict([...first, stale, ...again(30)]).redelivered.violations).toEqual([text]);
    const after = settle('nack', 1, 60, { outcome: 'unknown' });
    expect(verdict([...first, after, ...again(30)]).redelivered.violations).toEqual([text]);
  });

  it('when the visibility that it was extended by has passed, not before', () => {
    const extended = [...first, extend(1, 50, 200)];
    expect(verdict([...extended, ...again(200)]).redelivered.violations).toHaveLength(1);
    expect(isGood(verdict([...extended, ...again(250)]))).toBe(true);
    const shortened = [...first, extend(1, 20, 10)];
    expect(isGood(verdict([...shortened, ...again(31)]))).toBe(true);
    expect(verdict([...shortened, extend(1, 25, 60), ...again(31)]).redelivered.violations).toEqual(
      [expect.stringContaining('while another had it')],
    );
  });

  it('as another message when it is a dead letter that comes back', () => {
    const nacked = [...first, settle('nack', 1, 20)];
    const other = [receive(2, 40, { value: 'm1' }), settle('ack', 2, 50)];
    expect(isGood(verdict([...nacked, redrive(30), ...other]))).toBe(true);
    expect(verdict([...nacked, ...other]).unexpected).toHaveLength(2);
    expect(verdict([...nacked, redrive(30)]).lost).toHaveLength(1);
    expect(verdict([...first, redrive(20), ...again(30)]).redelivered.violations).toHaveLength(1);
  });

  it('never after a confirmed acknowledgement', () => {
    const operations = [...first, settle('ack', 1, 20), receive(1, 300, { deliveries: 2 })];
    expect(verdict(operations).redelivered.violations).toEqual([
      't/g: t-1 "m1", delivery 2, received 300 to 301 ms: after its acknowledgement, ' +
        't/g: t-1 "m1", delivery 1, received 10 to 11 ms, acknowledged 20 to 21 ms',
    ]);
    const perhaps = settle('ack', 1, 20, { outcome: 'unknown' });
    expect(isGood(verdict([...first, perhaps, ...again(300)]))).toBe(true);
    expect(isGood(verdict([...operations, seek(200)]))).toBe(true);
  });

  it('nobody acknowledges what was handed out again, whoever asks first', () => {
    // Its visibility had passed, somebody else had it, and the first acknowledges it all the same.
    const operations = [...first, receive(1, 111, { deliveries: 2 }), settle('ack', 1, 115)];
    expect(verdict(operations).redelivered.violations).toHaveLength(1);
  });
});

describe('checkQueues: order within a key', () => {
  const two = [publish(1, 0, { key: 'k' }), publish(2, 5, { key: 'k' })];

  it('the second comes when the first is done with', () => {
    const operations = [
      ...two,
      receive(1, 10, { key: 'k' }),
      settle('ack', 1, 20),
      receive(2, 30, { key: 'k' }),
      settle('ack', 2, 40),
    ];
    expect(isGood(verdict(operations))).toBe(true);
  });

  it('not before, and not instead', () => {
    const early = [
      ...two,
      receive(1, 10, { key: 'k' }),
      receive(2, 15, { key: 'k' }),
      settle('ack', 1, 20),
      settle('ack', 2, 40),
    ];
    expect(verdict(early).outOfOrder).toEqual([
      't/g: t-2 "m2", delivery 1, received 15 to 16 ms: ' +
        '"m1" of its key is before it and was done with at 20 ms',
    ]);
    const instead = [...two, receive(2, 15, { key: 'k' }), settle('ack', 2, 20)];
    expect(verdict(instead, { values: ['m1'] }).outOfOrder).toEqual([
      't/g: t-2 "m2", delivery 1, received 15 to 16 ms: ' +
        '"m1" of its key is before it and was done with never',
    ]);
  });

  it('looks back over one that was done with', () => {
    const three = [...two, publish(3, 7, { key: 'k' })];
    const operations = [
      ...three,
      receive(1, 10, { key: 'k' }),
      receive(2, 120, { key: 'k' }),
      settle('ack', 2, 130),
      receive(3, 140, { key: 'k' }),
      settle('ack', 3, 150),
      settle('ack', 1, 160),
    ];
    expect(verdict(operations).outOfOrder).toHaveLength(2);
  });

  it('leaves out what has no place: delays, dead letters, groups that were set back', () => {
    const late = [
      publish(1, 0, { key: 'k', delayed: true }),
      publish(2, 5, { key: 'k' }),
      receive(2, 15, { key: 'k' }),
      settle('ack', 2, 20),
    ];
    expect(isGood(verdict(late, { values: ['m1'] }))).toBe(true);
    const instead = [...two, receive(2, 15, { key: 'k' }), settle('ack', 2, 20)];
    expect(isGood(verdict(instead, { deadLetters: ['m1'] }))).toBe(true);
    expect(isGood(verdict([...instead, seek(30)], { values: ['m1'] }))).toBe(true);
  });

  it('other keys, and messages without one, go on', () => {
    const operations = [
      publish(1, 0, { key: 'k' }),
      publish(2, 5, { key: 'l' }),
      publish(3, 7),
      receive(2, 10, { key: 'l' }),
      receive(3, 12),
      settle('ack', 2, 20),
      settle('ack', 3, 20),
    ];
    expect(isGood(verdict(operations, { values: ['m1'] }))).toBe(true);
  });
});
