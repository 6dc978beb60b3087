import { unpackMessages } from '../message/packed-messages.js';
import { messagePackCodec } from '../../testing/record-codec.js';
import { ack, configure, publishMany } from './testing/topic-commands.js';
import { sequencesOf, TableUnderTest } from './testing/table-under-test.js';

const codec = messagePackCodec();

/** Headers of the messages of a topic, parsed. */
function headers(run: TableUnderTest, name: string): readonly unknown[] {
  const topic = run.topic(name);
  return topic.priorities.flatMap((priority) =>
    [...topic.segments.from(priority, 0)].flatMap((segment) =>
      unpackMessages(codec, topic.segments.packed(segment) ?? new Uint8Array()).map(
        (message): unknown => JSON.parse(message.headers ?? 'null'),
      ),
    ),
  );
}

/** Rejects everything that the group gets now. */
function reject(run: TableUnderTest, topic: string, group: string, reason: string | null = null) {
  const { receipts } = ack(topic, group, run.receive(topic, group));
  const terms = { delayMs: null, reason, deadLetter: true };
  return run.apply({ kind: 'nack', topic, group, receipts, ...terms });
}

describe('Dead letters', () => {
  it('are new messages with their history in the headers, made in the same entry', () => {
    const run = new TableUnderTest();
    run.publish('a', { text: '{"n":1}', priority: 7, key: 'k', headers: '{"mine":"yes"}' });
    reject(run, 'a', 'g', 'cannot read it');
    expect(run.effects).toEqual([
      { kind: 'dead-lettered', topic: 'a', group: 'g' },
      { kind: 'changed', topic: 'a' },
      { kind: 'changed', topic: 'a.dead' },
    ]);
    expect(run.texts('a')).toEqual([]);
    expect(run.texts('a.dead')).toEqual(['{"n":1}']);
    expect(headers(run, 'a.dead')).toEqual([
      {
        mine: 'yes',
        'sinkron-origin-topic': 'a',
        'sinkron-origin-group': 'g',
        'sinkron-origin-id': '1-1',
        'sinkron-deliveries': '1',
        'sinkron-dead-letter-reason': 'cannot read it',
        'sinkron-dead-lettered-at': '2023-11-14T22:13:20.000Z',
      },
    ]);
    expect(run.receive('a.dead', 'h').messages).toEqual([
      { sequence: 1, priority: 7, key: 'k', deliveries: 1 },
    ]);
  });

  it('fail per group: others still have the message', () => {
    const run = new TableUnderTest();
    run.apply(configure('a', { maxDeliveries: 2, visibilityMs: 100 }));
    run.publish('a', 'x');
    run.apply({ kind: 'create-group', topic: 'a', group: 'other', from: 'earliest' });
    run.receive('a', 'g');
    run.pass(100);
    run.receive('a', 'g');
    run.pass(100);
    expect(run.texts('a.dead')).toEqual(['x']);
    expect(headers(run, 'a.dead')).toMatchObject([
      { 'sinkron-deliveries': '2', 'sinkron-dead-letter-reason': 'max-deliveries' },
    ]);
    expect(sequencesOf(run.receive('a', 'g'))).toEqual([]);
    expect(sequencesOf(run.receive('a', 'other'))).toEqual([1]);
  });

  it('go where the topic says, whatever its limits; a dead-letter topic has none', () => {
    const run = new TableUnderTest();
    run.apply(configure('lost', { maxMessages: 1 }));
    run.publish('lost', 'own');
    run.apply(configure('a', { deadLetterTopic: 'lost' }));
    run.publish('a', 'x', 'y');
    reject(run, 'a', 'g');
    expect(run.texts('lost')).toEqual(['own', 'x', 'y']);
    run.publish('b.dead', 'z');
    reject(run, 'b.dead', 'g');
    expect(run.table.shard.topic('b.dead.dead')).toBeUndefined();
    expect(run.receive('b.dead', 'g').messages).toMatchObject([{ sequence: 1, deliveries: 2 }]);
  });

  it('headers that are no object do not stop them', () => {
    const run = new TableUnderTest();
    run.publish('a', { text: 'x', headers: '{"cut' });
    reject(run, 'a', 'g');
    expect(headers(run, 'a.dead')).toMatchObject([{ 'sinkron-origin-id': '1-1' }]);
  });
});

describe('Dead letters of large messages', () => {
  const MIB = 1024 ** 2;
  const text = `"${'x'.repeat(MIB)}"`;

  /** Ten of 1 MiB each, received. */
  function large(): TableUnderTest {
    const run = new TableUnderTest();
    run.apply(configure('a', { maxDeliveries: 1, visibilityMs: 100 }));
    for (const _ of [1, 2]) run.publish('a', ...Array.from({ length: 5 }, () => text));
    return run;
  }

  it('are copied up to 8 MiB by one nack, and the others by the next entry', () => {
    let run = large();
    reject(run, 'a', 'g', 'too large');
    // A receive is of 8 MiB, too: seven of these.
    expect(run.counts('a.dead').messages).toBe(7);
    run.receive('a', 'g');
    run.pass(100);
    expect(run.counts('a.dead').messages).toBe(10);

    run = large();
    const receipts = [1, 2].flatMap(() => ack('a', 'g', run.receive('a', 'g')).receipts);
    const nack = { reason: 'too large', delayMs: null, deadLetter: true };
    const settled = run.apply({ kind: 'nack', topic: 'a', group: 'g', receipts, ...nack });
    expect(settled).toEqual({ status: 'settled', stale: [] });
    expect(run.counts('a.dead').messages).toBe(8);
    const { shard } = run.table;
    expect(shard.due.nextMs).toBe(run.nowMs);
    run = run.reopened();
    run.pass(0);
    expect(run.table.shard.due.nextMs).toBeNull();
    expect(run.counts('a').messages).toBe(0);
    const why = { 'sinkron-dead-letter-reason': 'too large' };
    expect(headers(run, 'a.dead')).toMatchObject(Array.from({ length: 10 }, () => why));
  });

  it('are copied up to 8 MiB by one entry for what is due; what is too old by then is one, too', () => {
    const run = large();
    run.apply(configure('a', { maxDeliveries: 1, visibilityMs: 100, maxAgeMs: 100 }));
    for (const _ of [1, 2]) run.receive('a', 'g');
    run.pass(100);
    expect([run.counts('a').messages, run.counts('a.dead').messages]).toEqual([2, 8]);
    expect(run.table.shard.due.nextMs).toBe(run.nowMs);
    run.pass(0);
    expect([run.counts('a').messages, run.counts('a.dead').messages]).toEqual([0, 10]);
  });

  it('go back up to 8 MiB at a time', () => {
    const run = large();
    for (const _ of [1, 2]) reject(run, 'a', 'g');
    expect(run.counts('a.dead').messages).toBe(10);
    const redrive = { kind: 'redrive', topic: 'a', max: 1_000, to: null } as const;
    expect(run.apply(redrive)).toEqual({ status: 'redriven', moved: 8 });
    expect(run.apply(redrive)).toEqual({ status: 'redriven', moved: 2 });
    expect(run.apply(redrive)).toEqual({ status: 'redriven', moved: 0 });
  });
});

describe('Redrive', () => {
  it('gives dead letters back to the group where they failed, and to no other', () => {
    const run = new TableUnderTest();
    run.publish('a', 'x', 'y', 'z');
    run.apply({ kind: 'create-group', topic: 'a', group: 'other', from: 'earliest' });
    reject(run, 'a', 'g');
    expect(run.apply({ kind: 'redrive', topic: 'a', max: 2, to: null })).toEqual({
      status: 'redriven',
      moved: 2,
    });
    expect(run.texts('a.dead')).toEqual(['z']);
    expect(sequencesOf(run.receive('a', 'other'))).toEqual([1, 2, 3]);
    expect(run.receive('a', 'g').messages).toMatchObject([
      { sequence: 4, deliveries: 1 },
      { sequence: 5, deliveries: 1 },
    ]);
    const { topic, ...rest } = { kind: 'redrive', topic: 'a.dead', max: 10, to: null } as const;
    expect(run.apply({ topic, ...rest })).toMatchObject({ moved: 1 });
    expect(run.texts('a.dead')).toEqual([]);
    expect(run.tables.counts['origins']).toBeUndefined();
  });

  it('moves fewer at a time where a topic has many groups', () => {
    const run = new TableUnderTest();
    run.apply(publishMany('a', 200));
    for (let group = 1; group < 64; group += 1) {
      run.apply({ kind: 'create-group', topic: 'a', group: `g${group}`, from: 'latest' });
    }
    const { receipts } = ack('a', 'g', run.receive('a', 'g', 1_000));
    const nack = { reason: null, delayMs: null, deadLetter: true };
    run.apply({ kind: 'nack', topic: 'a', group: 'g', receipts, ...nack });
    const redrive = { kind: 'redrive', topic: 'a', max: 1_000, to: null } as const;
    expect(run.apply(redrive)).toMatchObject({ moved: 157 });
    expect(run.apply(redrive)).toMatchObject({ moved: 43 });
    expect(run.receive('a', 'g', 1_000).messages).toHaveLength(200);
    expect(run.receive('a', 'g1', 1_000).messages).toEqual([]);
  });

  it('to another topic gives them to all its groups', () => {
    const run = new TableUnderTest();
    run.publish('a', 'x');
    reject(run, 'a', 'g');
    expect(run.apply({ kind: 'redrive', topic: 'a', max: 10, to: 'b' })).toMatchObject({
      moved: 1,
    });
    expect(sequencesOf(run.receive('b', 'one'))).toEqual([1]);
    expect(sequencesOf(run.receive('b', 'two'))).toEqual([1]);
  });

  it('leaves those whose group is gone, those of other topics, and what clients put there', () => {
    const run = new TableUnderTest();
    for (const name of ['a', 'b']) run.apply(configure(name, { deadLetterTopic: 'lost' }));
    run.publish('lost', { text: 'own', headers: '{"sinkron-origin-topic":"a"}' });
    for (const name of ['a', 'b']) {
      run.publish(name, `${name}1`, `${name}2`);
      reject(run, name, 'g');
    }
    run.apply({ kind: 'delete-group', topic: 'b', group: 'g' });
    expect(run.apply({ kind: 'redrive', topic: 'b', max: 10, to: null })).toMatchObject({
      moved: 0,
    });
    expect(run.apply({ kind: 'redrive', topic: 'lost', max: 3, to: null })).toMatchObject({
      moved: 2,
    });
    expect(run.texts('lost')).toEqual(['own', 'b1', 'b2']);
    expect(run.apply({ kind: 'redrive', topic: 'none', max: 3, to: null })).toEqual({
      status: 'topic-not-found',
    });
  });

  it('finds those that can go behind any number of those whose group is gone', () => {
    const run = new TableUnderTest();
    for (const group of ['gone', 'g']) {
      run.apply(publishMany('a', 20));
      reject(run, 'a', group);
      reject(run, 'a', group);
    }
    run.apply({ kind: 'delete-group', topic: 'a', group: 'gone' });
    for (const topic of ['a', 'a.dead']) {
      const redrive = { kind: 'redrive', topic, max: 5, to: null } as const;
      expect(run.apply(redrive)).toEqual({ status: 'redriven', moved: 5 });
    }
    expect(run.receive('a', 'g').messages).toHaveLength(10);
  });

  it('takes the first by sequence, of whichever topics and groups', () => {
    const run = new TableUnderTest();
    for (const name of ['a', 'b']) run.apply(configure(name, { deadLetterTopic: 'lost' }));
    for (const [topic, group] of [
      ['b', 'h'],
      ['a', 'h'],
      ['a', 'g'],
      ['b', 'g'],
    ] as const) {
      run.publish(topic, `${topic}-${group}`);
      reject(run, topic, group);
    }
    expect(run.texts('lost')).toEqual(['b-h', 'a-h', 'a-g', 'b-g']);
    expect(run.apply({ kind: 'redrive', topic: 'lost', max: 3, to: 'c' })).toMatchObject({
      moved: 3,
    });
    expect(run.texts('c')).toEqual(['b-h', 'a-h', 'a-g']);
    expect(run.texts('lost')).toEqual(['b-g']);
  });

  it('goes on behind topics that are gone, and begins again at the end', () => {
    const run = new TableUnderTest();
    const fail = (name: string): void => {
      run.apply(configure(name, { deadLetterTopic: 'lost' }));
      run.publish(name, name);
      reject(run, name, 'g');
    };
    for (let count = 100; count < 300; count += 1) fail(`t${count}`);
    fail('t300');
    for (let count = 100; count < 300; count += 1) {
      run.apply({ kind: 'delete-topic', topic: `t${count}` });
    }
    const redrive = { kind: 'redrive', topic: 'lost', max: 10, to: null } as const;
    expect(run.apply(redrive)).toEqual({ status: 'redriven', moved: 0 });
    expect(run.tables.counts['redrives']).toBe(1);
    const reopened = run.reopened();
    expect(reopened.apply(redrive)).toEqual({ status: 'redriven', moved: 1 });
    // It has begun again, and was not yet around.
    expect(reopened.tables.counts['redrives']).toBe(1);
    expect(reopened.apply(redrive)).toEqual({ status: 'redriven', moved: 0 });
    expect(reopened.tables.counts['redrives']).toBeUndefined();
    fail('t100');
    expect(run.apply(redrive)).toEqual({ status: 'redriven', moved: 3 });
    expect(run.apply(redrive)).toEqual({ status: 'redriven', moved: 0 });
    run.apply({ kind: 'purge', topic: 'lost' });
    run.sweepAll();
    expect(run.tables.counts).not.toHaveProperty('origins');
  });

  it('takes what it left behind, where it went on behind it', () => {
    const run = new TableUnderTest();
    const fail = (name: string, count: number): void => {
      run.apply(configure(name, { deadLetterTopic: 'lost' }));
      run.apply(publishMany(name, count));
      reject(run, name, 'g');
    };
    for (let count = 100; count < 200; count += 1) fail(`t${count}`, 1);
    fail('t100', 3);
    fail('t999', 1);
    run.apply({ kind: 'delete-topic', topic: 't999' });
    const redrive = { kind: 'redrive', topic: 'lost', max: 50, to: null } as const;
    for (const moved of [50, 50, 3, 0]) {
      expect(run.apply(redrive)).toEqual({ status: 'redriven', moved });
    }
    expect(run.counts('lost').messages).toBe(1);
  });
});
