import { found, notChecked } from '../checks/check.js';
import type { GroupTally } from '../checks/queues/queue-checks.js';
import type { QueueOperation } from '../../queues/queue-operation.js';
import type { Call } from '../clients/calls/call.js';
import { getLock } from '../clients/locks/lock-requests.js';
import type { Episode } from '../nemesis/nemesis.js';
import { briefly, isClean, writeSummary } from './summary.js';
import { drawTimeline } from './timeline.js';

const EPISODE: Episode = {
  track: 'processes',
  fault: { kind: 'kill', victims: 'leader' },
  text: 'kill leader',
  nodes: ['node2'],
  from: 1_000,
  to: 2_500,
};

const CALL: Call = {
  client: 'reader1',
  request: getLock('a<b'),
  idempotencyKey: null,
  tries: [],
  invokedAt: 100,
  returnedAt: 110,
  outcome: { kind: 'answered', status: 404, code: 'LOCK_NOT_FOUND', body: null },
};

const TALLY: GroupTally = {
  topic: 'topic-1',
  group: 'audit',
  published: 40,
  publishedPerhaps: 2,
  delivered: 45,
  acknowledged: 39,
  redelivered: 4,
  causes: { reset: 0, nack: 3, return: 0, 'visibility passed': 1 },
  deadLettered: 1,
};

const PUBLISH: QueueOperation = {
  kind: 'publish',
  topic: 'topic-1',
  from: 90,
  until: 100,
  outcome: 'done',
  messages: [{ value: 'a', key: null, id: '1-1', delayed: false }],
};

const HELD = found('locks exclude', '3 holds', []);
const BROKEN = found('tokens grow', '3 tokens', ['7 after 9']);
const LEFT = notChecked('linearizable', 'it took too long');

describe('the report', () => {
  const about = {
    command: 'npm run chaos -- --seed 7',
    seed: 7,
    nodes: 3,
    begunAt: '2026-11-21T18:00:00.000Z',
    lengthMs: 60_000,
    episodes: [EPISODE],
    calls: [CALL],
    tallies: [TALLY],
    leftOut: ['a full disk: mounting a tmpfs needs to be root'],
  };

  it('is clean only when nothing was broken', () => {
    expect([isClean([HELD, LEFT]), isClean([HELD, BROKEN])]).toEqual([true, false]);
  });

  it('says what held, what was broken, what was not checked, and what could not be had', () => {
    const text = writeSummary({ ...about, findings: [HELD, BROKEN, LEFT] });
    expect(text).toContain('**A promise was broken.** 3 nodes, 60 s, 1 calls');
    expect(text).toContain('- locks exclude: held (3 holds)');
    expect(text).toContain('- **tokens grow: broken 1 times** (3 tokens)\n  - 7 after 9');
    expect(text).toContain('- linearizable: not checked, it took too long');
    expect(text).toContain('Left out: a full disk: mounting a tmpfs needs to be root.');
    expect(text).toContain('| getLock | 1 | LOCK_NOT_FOUND 1 |');
    expect(text).toContain(
      '| topic-1/audit | 40 | 2 | 45 | 39 | 4 | nack 3, visibility passed 1 | 1 |',
    );
    expect(text).toContain('| 1.0 | 2.5 | kill leader | node2 |');
    expect([HELD, BROKEN, LEFT].map(briefly)).toEqual([
      'ok    locks exclude (3 holds)',
      'FAIL  tokens grow (3 tokens): 1\n        7 after 9',
      '-     linearizable: not checked, it took too long',
    ]);
  });

  it('draws faults, leaders and calls', () => {
    const picture = drawTimeline({
      title: 'seed 7 & more',
      nodes: ['node1', 'node2'],
      episodes: [EPISODE],
      samples: [{ at: 0, nodeId: 'node1', state: 'running', leader: 'node1', term: 1 }],
      calls: [CALL],
      operations: [PUBLISH],
      lengthMs: 60_000,
    });
    expect(picture).toContain('seed 7 &amp; more');
    expect(picture).toContain('<title>kill leader: node2 (1.0 to 2.5 s)</title>');
    expect(picture).toContain('4 messages/s');
    expect(picture.match(/NaN|undefined/)).toBeNull();
    expect(picture.match(/<g>/g)).toHaveLength(1);
  });
});
