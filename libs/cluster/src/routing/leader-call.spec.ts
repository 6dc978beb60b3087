import { parseConfiguration } from '@sinkron/config';
import { ProblemError } from '@sinkron/http';
import { TransportError } from '@sinkron/transport';
import { ATTEMPT_TIMEOUT_MS } from '../limits.js';
import { LeaderCall, type LeaderRequest } from './leader-call.js';
import { LeaderWatch } from './leader-watch.js';
import { readProposeReply, type ProposeReply, type Refusal } from './replies.js';
import { ScriptedTransport } from './testing/scripted-transport.js';

const GROUP = 'g';
const OUTCOME = { kind: 'outcome', outcome: { kind: 'acknowledged' } } as const;

function refused(reason: Refusal['reason'], leader: string | null = null, term = 1): Refusal {
  return { kind: 'refused', reason, leader, term };
}

class Bench {
  readonly transport = new ScriptedTransport();
  readonly leaders = new LeaderWatch();
  readonly local: ((reply: ProposeReply) => void)[] = [];
  private readonly calls = new LeaderCall(
    parseConfiguration({ DATA_DIR: '/unused' }),
    this.transport.asPeerTransport,
    this.leaders,
  );

  leads(nodeId: string | null, term = 1): void {
    this.leaders.heard(GROUP, { term, nodeId });
  }

  /** Calls, and says how it ended: the reply, or the code of the problem. */
  call(
    deadlineMs: number,
    options: { readonly mutates?: boolean; readonly giveUpMs?: number } = {},
  ): { ended: unknown } {
    const call: { ended: unknown } = { ended: undefined };
    const { giveUpMs } = options;
    const request: LeaderRequest<ProposeReply> = {
      group: GROUP,
      method: 'm',
      body: ['body'],
      deadlineMs: performance.now() + deadlineMs,
      giveUpByMs: giveUpMs === undefined ? undefined : performance.now() + giveUpMs,
      mutates: options.mutates ?? true,
      local: () => new Promise((resolve) => this.local.push(resolve)),
      read: readProposeReply,
    };
    this.calls.call(request).then(
      (reply) => (call.ended = reply),
      (error: unknown) => (call.ended = error instanceof ProblemError ? error.code : error),
    );
    return call;
  }
}

const pass = (ms: number): Promise<void> => jest.advanceTimersByTimeAsync(ms);
const SELF = parseConfiguration({ DATA_DIR: '/unused' }).nodeId;

describe('LeaderCall', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  it('asks the leader and gives its reply', async () => {
    const bench = new Bench();
    bench.leads('node2');
    const call = bench.call(5000);
    expect(bench.transport.latest).toMatchObject({ to: 'node2', method: 'm', body: ['body'] });
    bench.transport.latest.reply(OUTCOME);
    await pass(0);
    expect(call.ended).toEqual({ reply: OUTCOME, repeated: false });
    expect(jest.getTimerCount()).toBe(0);
  });

  it('asks itself without the transport when it leads', async () => {
    const bench = new Bench();
    bench.leads(SELF);
    const call = bench.call(5000);
    bench.local[0]?.(OUTCOME);
    await pass(0);
    expect(call.ended).toEqual({ reply: OUTCOME, repeated: false });
    expect(bench.transport.sent).toEqual([]);
  });

  it('waits for a leader to the deadline, and asks it as soon as it is heard of', async () => {
    const bench = new Bench();
    const call = bench.call(5000);
    await pass(4990);
    expect(call.ended).toBeUndefined();
    bench.leads('node3');
    await pass(0);
    bench.transport.latest.reply(OUTCOME);
    await pass(0);
    expect(call.ended).toEqual({ reply: OUTCOME, repeated: false });
  });

  it('is NO_LEADER at the deadline, not before and not after, when nobody was asked', async () => {
    const bench = new Bench();
    const call = bench.call(5000);
    await pass(4999);
    expect(call.ended).toBeUndefined();
    await pass(1);
    expect(call.ended).toBe('NO_LEADER');
  });

  it('gives up before the deadline where nothing can have happened by then', async () => {
    const bench = new Bench();
    const call = bench.call(5000, { giveUpMs: 1000 });
    await pass(999);
    expect(call.ended).toBeUndefined();
    await pass(1);
    expect(call.ended).toBe('NO_LEADER');
    expect(jest.getTimerCount()).toBe(0);
    const refusedToo = bench.call(5000, { giveUpMs: 1000 });
    await pass(990);
    bench.leads('node2');
    await pass(20);
    bench.transport.latest.reply(refused('notLeader'));
    await pass(0);
    expect(refusedToo.ended).toBe('NO_LEADER');
  });

  it('waits to the deadline for the outcome of a try begun before it would give up', async () => {
    const bench = new Bench();
    bench.leads('node2');
    const call = bench.call(5000, { giveUpMs: 500 });
    await pass(ATTEMPT_TIMEOUT_MS - 1);
    bench.transport.latest.reply(OUTCOME);
    await pass(0);
    expect(call.ended).toEqual({ reply: OUTCOME, repeated: false });
    const lost = bench.call(5000, { giveUpMs: 500 });
    bench.transport.latest.fail(TransportError.outcomeUnknown('gone'));
    await pass(4999);
    expect(lost.ended).toBeUndefined();
    await pass(1);
    expect(lost.ended).toBe('OUTCOME_UNKNOWN');
  });

  it.each([
    ['notLeader', 'NO_LEADER'],
    ['noReplica', 'NO_LEADER'],
    ['transferring', 'NO_LEADER'],
    ['noQuorum', 'NO_QUORUM'],
  ] as const)('tries again after %s, which alone makes the end %s', async (reason, code) => {
    const bench = new Bench();
    bench.leads('node2');
    bench.transport.always = refused(reason);
    const call = bench.call(1000);
    await pass(500);
    expect([call.ended, bench.transport.sent.length > 0]).toEqual([undefined, true]);
    bench.leads('node2');
    await pass(500);
    expect(call.ended).toBe(code);
  });

  it.each([
    ['overloaded', 'OVERLOADED'],
    ['storageFull', 'STORAGE_FULL'],
  ] as const)('gives up at once after %s', async (reason, code) => {
    const bench = new Bench();
    bench.leads('node2');
    const call = bench.call(5000);
    bench.transport.latest.reply(refused(reason));
    await pass(0);
    expect(call.ended).toBe(code);
  });

  it('goes where a refusal points', async () => {
    const bench = new Bench();
    bench.leads('node2', 1);
    const call = bench.call(5000);
    bench.transport.latest.reply(refused('notLeader', 'node3', 2));
    await pass(10);
    expect(bench.transport.asked).toEqual(['node2', 'node3']);
    bench.transport.latest.reply(OUTCOME);
    await pass(0);
    expect(call.ended).toEqual({ reply: OUTCOME, repeated: false });
  });

  it('what was certainly not sent leaves no doubt', async () => {
    const bench = new Bench();
    bench.leads('node2');
    const call = bench.call(1000);
    bench.transport.latest.fail(TransportError.notSent('not connected'));
    await pass(1000);
    expect(bench.transport.asked).toEqual(['node2']);
    expect(call.ended).toBe('NO_LEADER');
  });

  const DOUBTS: readonly (readonly [string, (bench: Bench) => void])[] = [
    ['a lost connection', (b) => b.transport.latest.fail(TransportError.outcomeUnknown('lost'))],
    [
      'a failed handler',
      (b) => b.transport.latest.fail(TransportError.fromRemote({ code: 'X', message: '' })),
    ],
    ['a reply that is none', (b) => b.transport.latest.reply({ kind: 'nonsense' })],
    ['a lost leadership', (b) => b.transport.latest.reply({ kind: 'lost' })],
    ['silence', () => {}],
  ];

  // Breaks otherwise: an isolated leader appends, answers 503, and the write commits later.
  it.each(DOUBTS)('%s makes the end of a write OUTCOME_UNKNOWN', async (_what, happen) => {
    const bench = new Bench();
    bench.leads('node2');
    const call = bench.call(1000);
    happen(bench);
    await pass(1000);
    expect(call.ended).toBe('OUTCOME_UNKNOWN');
  });

  it.each(DOUBTS)('%s leaves nothing undone behind a read: NO_LEADER', async (_what, happen) => {
    const bench = new Bench();
    bench.leads('node2');
    const call = bench.call(1000, { mutates: false });
    happen(bench);
    await pass(1000);
    expect(call.ended).toBe('NO_LEADER');
  });

  it.each(DOUBTS)('after %s a later reply says that it was repeated', async (_what, happen) => {
    const bench = new Bench();
    bench.leads('node2');
    const call = bench.call(5000);
    happen(bench);
    await pass(ATTEMPT_TIMEOUT_MS);
    bench.leads('node3', 2);
    await pass(100);
    expect(bench.transport.asked).toEqual(['node2', 'node3']);
    bench.transport.latest.reply(OUTCOME);
    await pass(0);
    expect(call.ended).toEqual({ reply: OUTCOME, repeated: true });
  });

  it('a full leader after a doubtful try is no reason to say that nothing happened', async () => {
    const bench = new Bench();
    bench.leads('node2');
    const call = bench.call(1000);
    bench.transport.latest.reply({ kind: 'lost' });
    await pass(10);
    bench.leads('node3', 2);
    await pass(100);
    bench.transport.latest.reply(refused('overloaded', 'node3', 2));
    await pass(1000);
    expect(call.ended).toBe('OUTCOME_UNKNOWN');
  });

  it('leaves a silent leader for another one as soon as that is heard of', async () => {
    const bench = new Bench();
    bench.leads('node2', 1);
    const call = bench.call(5000);
    await pass(200);
    bench.leads('node3', 2);
    await pass(10);
    expect(bench.transport.asked).toEqual(['node2', 'node3']);
    bench.transport.latest.reply(OUTCOME);
    await pass(0);
    expect(call.ended).toEqual({ reply: OUTCOME, repeated: true });
  });

  // Breaks otherwise: one caller in a hurry makes every request under way a repeated one.
  it('stays with the asked leader when that very one is heard of again', async () => {
    const bench = new Bench();
    bench.leads('node2');
    const call = bench.call(5000);
    bench.leaders.failed(GROUP, 'node2');
    bench.leads('node2');
    await pass(500);
    expect(bench.transport.asked).toEqual(['node2']);
    bench.transport.latest.reply(OUTCOME);
    await pass(0);
    expect(call.ended).toEqual({ reply: OUTCOME, repeated: false });
  });

  it('stays with the asked leader while no other is known, and leaves it for the next', async () => {
    const bench = new Bench();
    bench.leads('node2', 1);
    bench.call(5000);
    bench.leads(null, 2);
    await pass(100);
    expect(bench.transport.asked).toEqual(['node2']);
    bench.leads('node3', 2);
    await pass(10);
    expect(bench.transport.asked).toEqual(['node2', 'node3']);
  });

  it('a caller in a hurry does not give the leader a bad name', async () => {
    const bench = new Bench();
    bench.leads('node2');
    const call = bench.call(100);
    await pass(100);
    expect(call.ended).toBe('OUTCOME_UNKNOWN');
    expect(bench.leaders.leader(GROUP)).toBe('node2');
  });

  it('asks a leader that was silent for a whole try no more until it is heard of', async () => {
    const bench = new Bench();
    bench.leads('node2');
    bench.call(5000);
    await pass(ATTEMPT_TIMEOUT_MS);
    expect(bench.leaders.leader(GROUP)).toBeNull();
    await pass(1000);
    expect(bench.transport.asked).toEqual(['node2']);
    bench.leads('node2');
    await pass(0);
    expect(bench.transport.asked).toEqual(['node2', 'node2']);
  });

  // Breaks otherwise: during a transfer of the leadership everybody waits for news of a leader.
  it.each(['noQuorum', 'transferring'] as const)('asks again soon after %s', async (reason) => {
    const bench = new Bench();
    bench.leads('node2');
    const call = bench.call(5000);
    bench.transport.latest.reply(refused(reason, 'node2'));
    await pass(10);
    expect(bench.transport.asked).toEqual(['node2', 'node2']);
    bench.transport.latest.reply(OUTCOME);
    await pass(0);
    expect(call.ended).toEqual({ reply: OUTCOME, repeated: false });
  });

  it('the answer to a try that was left is not taken for that to the next', async () => {
    const bench = new Bench();
    bench.leads('node2', 1);
    const call = bench.call(5000);
    bench.leads('node3', 2);
    await pass(10);
    bench.transport.sent[0]?.reply(refused('overloaded'));
    await pass(0);
    expect([call.ended, bench.transport.asked]).toEqual([undefined, ['node2', 'node3']]);
    bench.transport.latest.reply(OUTCOME);
    await pass(0);
    expect(call.ended).toEqual({ reply: OUTCOME, repeated: true });
  });

  it('has one timer while it asks', async () => {
    const bench = new Bench();
    bench.leads('node2');
    bench.call(5000);
    expect(jest.getTimerCount()).toBe(1);
    bench.transport.latest.reply(OUTCOME);
    await pass(0);
    expect(jest.getTimerCount()).toBe(0);
    bench.leads(SELF, 2);
    bench.call(5000);
    expect(jest.getTimerCount()).toBe(1);
    bench.local[0]?.(OUTCOME);
    await pass(0);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('leaves no timer behind', async () => {
    const bench = new Bench();
    bench.leads('node2');
    const calls = [bench.call(300), bench.call(1500)];
    await pass(1500);
    expect(calls.map(({ ended }) => ended)).toEqual(['OUTCOME_UNKNOWN', 'OUTCOME_UNKNOWN']);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('a group that no member has a role for is ROLE_ABSENT at once', async () => {
    const bench = new Bench();
    bench.leaders.declareAbsent(GROUP, 'locks');
    const call = bench.call(5000);
    await pass(0);
    expect(call.ended).toBe('ROLE_ABSENT');
  });
});
