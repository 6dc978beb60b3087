import type { QueueOperation, SettleCall } from '../../../queues/queue-operation.js';
import type { Call } from '../../clients/calls/call.js';
import { publish as publishRequest } from '../../clients/queues/calls/queue-requests.js';
import type { GroupAtEnd } from './group-at-end.js';
import { checkQueueProgress, reviewQueues, type GroupTally } from './queue-checks.js';

const EMPTY: GroupAtEnd = { topic: 't', group: 'g', values: [], deadLetters: [], deadLettered: 0 };
const OTHER: GroupAtEnd = { ...EMPTY, group: 'h' };
const KEY = 'k';

/** Message `place` of the topic, with a key. */
function publish(place: number, outcome: 'done' | 'unknown' = 'done'): QueueOperation {
  const id = outcome === 'done' ? `t-${place}` : null;
  const call = { topic: 't', from: place, until: place + 1, outcome };
  return {
    ...call,
    kind: 'publish',
    messages: [{ value: `m${place}`, key: KEY, id, delayed: false }],
  };
}

function receive(group: string, place: number, from: number, deliveries = 1): QueueOperation {
  const receipt = `${group}/${place}/${deliveries}`;
  const messages = [{ id: `t-${place}`, value: `m${place}`, key: KEY, deliveries, receipt }];
  const call = { topic: 't', group, from, until: from + 1, outcome: 'done' as const };
  return { ...call, kind: 'receive', visibilityMs: 3_000, messages };
}

function settle(
  kind: SettleCall['kind'],
  group: string,
  place: number,
  from: number,
  deliveries = 1,
): QueueOperation {
  const receipts = [{ receipt: `${group}/${place}/${deliveries}`, acted: true }];
  return { kind, topic: 't', group, from, until: from + 1, outcome: 'done', receipts };
}

/** Two messages that two groups receive and acknowledge, the first of `g` after a failure. */
const GOOD: readonly QueueOperation[] = [
  publish(1),
  publish(2),
  receive('g', 1, 100),
  settle('nack', 'g', 1, 110),
  receive('g', 1, 120, 2),
  settle('ack', 'g', 1, 130, 2),
  receive('g', 2, 140),
  settle('ack', 'g', 2, 150),
  receive('h', 1, 100),
  settle('ack', 'h', 1, 110),
  receive('h', 2, 120),
  settle('ack', 'h', 2, 130),
];

/** What is broken, by the place of its promise among the five. */
function broken(
  operations: readonly QueueOperation[],
  ends: readonly GroupAtEnd[] = [EMPTY, OTHER],
): readonly (readonly string[])[] {
  return reviewQueues(operations, ends).findings.map(({ violations }) => violations);
}

describe('reviewQueues', () => {
  it('finds nothing in a good history, and counts it', () => {
    expect(broken(GOOD)).toEqual([[], [], [], [], []]);
    const { findings, tallies } = reviewQueues([...GOOD, publish(3, 'unknown')], [EMPTY, OTHER]);
    const none = { reset: 0, nack: 0, return: 0, 'visibility passed': 0 };
    const both = {
      topic: 't',
      published: 2,
      publishedPerhaps: 1,
      acknowledged: 2,
      deadLettered: 0,
    };
    expect(tallies).toEqual([
      { ...both, group: 'g', delivered: 3, redelivered: 1, causes: { ...none, nack: 1 } },
      { ...both, group: 'h', delivered: 2, redelivered: 0, causes: none },
    ]);
    expect(findings.map(({ seen }) => seen)).toEqual([
      '4 messages, each for its group',
      '5 deliveries',
      '5 deliveries',
      '1 redeliveries',
      '0 dead letters',
    ]);
  });

  it('finds an acknowledged publish that a group never got, though the other did', () => {
    const lost = GOOD.filter((call) => {
      return call.kind === 'publish' || call.group !== 'h' || call.from < 120;
    });
    expect(broken(lost)).toEqual([
      ['t: "m2" is gone, never delivered and not acknowledged in h (h)'],
      [],
      [],
      [],
      [],
    ]);
    const stands = { ...OTHER, values: ['m2'] };
    expect(broken(lost, [EMPTY, stands])).toEqual([[], [], [], [], []]);
    // A dead letter of one group saves nothing for another.
    const dead = { ...EMPTY, deadLetters: ['m2'], deadLettered: 1 };
    expect(broken(lost, [dead, OTHER])[0]).toHaveLength(1);
  });

  it('finds a message whose publish is not in the history', () => {
    const [, ...rest] = GOOD;
    expect(broken(rest)[1]).toHaveLength(3);
  });

  it('finds a forged acknowledgement', () => {
    const forged = [...GOOD, settle('ack', 'g', 1, 115)];
    expect(broken(forged)).toEqual([
      [],
      [],
      [],
      [
        't/g: t-1 "m1", delivery 2, received 120 to 121 ms: after its acknowledgement, ' +
          't/g: t-1 "m1", delivery 1, received 100 to 101 ms, acknowledged 115 to 116 ms',
      ],
      [],
    ]);
  });

  it('finds a second message of a key while the first was not done with', () => {
    const early = GOOD.map((call) => (call === GOOD[6] ? receive('g', 2, 105) : call));
    expect(broken(early)[2]).toEqual([
      't/g: t-2 "m2", delivery 1, received 105 to 106 ms: ' +
        '"m1" of its key is before it and was done with at 130 ms',
    ]);
  });

  it('finds dead letters that were acknowledged, that are two, and that were not counted', () => {
    const end = { ...EMPTY, deadLetters: ['m1', 'm1'], deadLettered: 1 };
    expect(broken(GOOD, [end, OTHER])[4]).toEqual([
      't/g: "m1" was acknowledged, and is a dead letter',
      't/g: "m1" was acknowledged, and is a dead letter',
      't/g counts 1 dead letters, and there are 2',
      't/g: of "m1" there is more than one dead letter',
    ]);
  });
});

describe('checkQueueProgress', () => {
  const tally: GroupTally = {
    topic: 't',
    group: 'g',
    published: 1,
    publishedPerhaps: 0,
    delivered: 1,
    acknowledged: 1,
    redelivered: 0,
    causes: {},
    deadLettered: 0,
  };
  const call: Call = {
    client: 'producer',
    request: publishRequest('t', []),
    idempotencyKey: null,
    tries: [
      { node: 'node1', sentAt: 0, endedAt: 1, result: { kind: 'lost', error: 'ECONNRESET' } },
    ],
    invokedAt: 0,
    returnedAt: 1,
    outcome: { kind: 'answered', status: 201, code: null, body: null },
  };

  it('finds a run that has proved nothing', () => {
    expect(checkQueueProgress([call], ['node1'], [tally])).toMatchObject({
      seen: '1 publishes, 1 groups',
      violations: [],
    });
    const nothing = { ...tally, acknowledged: 0 };
    expect(checkQueueProgress([call], ['node1', 'node2'], [nothing]).violations).toEqual([
      'node2 has answered no publish',
      't/g has acknowledged nothing',
    ]);
  });
});
