import { parseConfiguration } from '@sinkron/config';
import { decodeCommand, PROPOSER_WINDOW, type Command } from '@sinkron/consensus';
import { ProblemError, type IdempotentRequest } from '@sinkron/http';
import { TransportError, type LocalIdentity } from '@sinkron/transport';
import { ATTEMPT_TIMEOUT_MS, OPENING_TIMEOUT_MS } from '../limits.js';
import { ClusterRouter } from './cluster-router.js';
import type { GroupRequests } from './group-requests.js';
import { LeaderCall } from './leader-call.js';
import { LeaderWatch } from './leader-watch.js';
import { ShardFamilies } from '../shards/shard-families.js';
import { ScriptedTransport } from './testing/scripted-transport.js';

const TARGET = { group: 'g', machine: 'm' };
const CONFIGURATION = parseConfiguration({ DATA_DIR: '/unused' });

const applied = (result: unknown, replayed = false) => ({
  kind: 'outcome',
  outcome: { kind: 'applied', result, replayed },
});
const outcome = (kind: string) => ({ kind: 'outcome', outcome: { kind } });

interface Call {
  ended: unknown;
}

/** A node without a replica, whose only peer node2 leads. */
class Bench {
  readonly transport = new ScriptedTransport();
  readonly leaders = new LeaderWatch();
  readonly listening: unknown[] = [];
  nearby: unknown = { kind: 'refused', reason: 'noReplica', leader: null, term: 0 };
  readonly router = new ClusterRouter(
    CONFIGURATION,
    { incarnation: 'process' } as unknown as LocalIdentity,
    {
      query: async () => this.nearby,
      onNotices: (...listening: readonly unknown[]) => this.listening.push(listening),
    } as unknown as GroupRequests,
    new LeaderCall(CONFIGURATION, this.transport.asPeerTransport, this.leaders),
    this.leaders,
    new ShardFamilies(CONFIGURATION),
  );

  constructor() {
    this.leads('node2');
  }

  leads(nodeId: string, term = 1): void {
    this.leaders.heard(TARGET.group, { term, nodeId });
  }

  execute(body: unknown, deadlineMs = 5000, idempotency?: IdempotentRequest): Call {
    const options = { deadlineMs: performance.now() + deadlineMs, idempotency };
    return this.watch(this.router.execute(TARGET, body, options));
  }

  /** Gives up after a second if nothing can have happened, and has five for an outcome. */
  executeOrGiveUp(body: unknown): Call {
    const nowMs = performance.now();
    const options = { deadlineMs: nowMs + 5000, giveUpByMs: nowMs + 1000 };
    return this.watch(this.router.execute(TARGET, body, options));
  }

  query(consistency: 'linearizable' | 'stale'): Call {
    const options = { deadlineMs: performance.now() + 5000, consistency };
    return this.watch(this.router.query(TARGET, 'query', options));
  }

  /** The command that the latest request carries. */
  get proposed(): Command {
    return this.proposal(-1);
  }

  proposal(at: number): Command {
    const body = this.transport.sent.at(at)?.body;
    const bytes: unknown = Array.isArray(body) ? body[1] : undefined;
    if (!(bytes instanceof Uint8Array)) throw new Error('no command was proposed');
    return decodeCommand(bytes);
  }

  /** What a call that went under the same proposer as the latest command gives. */
  executed(result: unknown, replayed = false): unknown {
    return { result, replayed, proposer: this.proposed.id?.proposer };
  }

  /** Answers the latest request, and lets what follows from it happen. */
  async reply(value: unknown): Promise<void> {
    await pass(0);
    this.transport.latest.reply(value);
    await pass(0);
  }

  private watch(promise: Promise<unknown>): Call {
    const call: Call = { ended: undefined };
    promise.then(
      (value) => (call.ended = value),
      (error: unknown) => (call.ended = error instanceof ProblemError ? error.code : error),
    );
    return call;
  }
}

const pass = (ms: number): Promise<void> => jest.advanceTimersByTimeAsync(ms);

/** A node whose proposer is open. */
async function opened(): Promise<Bench> {
  const bench = new Bench();
  const first = bench.execute('first');
  await bench.reply(applied({ opened: true }));
  await bench.reply(applied(0));
  expect(first.ended).toEqual(bench.executed(0));
  return bench;
}

describe('ClusterRouter', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  it('opens one proposer with the first commands, and numbers them', async () => {
    const bench = new Bench();
    const calls = [bench.execute('a'), bench.execute('b')];
    expect(bench.transport.sent).toHaveLength(1);
    const { machine, body, id } = bench.proposed;
    expect([machine, id]).toEqual(['proposers', null]);
    await bench.reply(applied({ opened: true }));
    const [a, b] = [bench.proposal(1), bench.proposal(2)];
    expect([a.body, a.id?.sequence, b.body, b.id?.sequence]).toEqual(['a', 1, 'b', 2]);
    expect(body).toEqual(['open', a.id?.proposer, CONFIGURATION.nodeId, 'process', 0]);
    expect(b.id?.proposer).toBe(a.id?.proposer);
    bench.transport.sent[2]?.reply(applied('B'));
    bench.transport.sent[1]?.reply(applied('A', true));
    await pass(0);
    expect(calls.map(({ ended }) => ended)).toEqual([
      bench.executed('A', true),
      bench.executed('B'),
    ]);
  });

  it('proposes the same command again, and acknowledges what was answered', async () => {
    const bench = await opened();
    const call = bench.execute('again');
    await pass(0);
    bench.transport.latest.fail(TransportError.outcomeUnknown('lost'));
    await pass(10);
    bench.leads('node3', 2);
    await pass(100);
    expect(bench.transport.asked.slice(-2)).toEqual(['node2', 'node3']);
    expect(bench.proposed).toEqual(bench.proposal(-2));
    expect(bench.proposed.id).toMatchObject({ sequence: 2, acknowledgedBelow: 2 });
    await bench.reply(applied('done'));
    expect(call.ended).toEqual(bench.executed('done'));
  });

  it.each([
    ['acknowledged', 'OUTCOME_UNKNOWN'],
    ['idempotencyKeyReused', 'IDEMPOTENCY_KEY_REUSED'],
    ['idempotencyFull', 'OVERLOADED'],
  ])('the outcome %s is %s', async (kind, code) => {
    const bench = await opened();
    const call = bench.execute('x');
    await bench.reply(outcome(kind));
    expect(call.ended).toBe(code);
  });

  it('opens another proposer when its own was closed, and proposes once more', async () => {
    const bench = await opened();
    const before = bench.proposed.id?.proposer;
    const calls = [bench.execute('a'), bench.execute('b')];
    await pass(0);
    for (const request of bench.transport.sent.slice(-2)) request.reply(outcome('unknownProposer'));
    await pass(0);
    expect(bench.proposed.machine).toBe('proposers');
    expect(bench.transport.sent).toHaveLength(5);
    await bench.reply(applied({ opened: true }));
    for (const request of bench.transport.sent.slice(-2)) request.reply(applied('done'));
    await pass(0);
    expect(bench.proposed.id?.proposer).not.toBe(before);
    expect(calls.map(({ ended }) => ended)).toEqual([
      bench.executed('done'),
      bench.executed('done'),
    ]);
  });

  // Breaks otherwise: the first try was applied, its proposer closed, and the command applied again.
  it('is OUTCOME_UNKNOWN when the proposer was closed after a try out of sight', async () => {
    const bench = await opened();
    const call = bench.execute('x');
    await pass(ATTEMPT_TIMEOUT_MS);
    bench.leads('node3', 2);
    await pass(0);
    const proposals = bench.transport.sent.length;
    await bench.reply(outcome('unknownProposer'));
    expect(call.ended).toBe('OUTCOME_UNKNOWN');
    expect(bench.transport.sent).toHaveLength(proposals);
  });

  it('an opening that may be an old copy is sent anew, knowing of the closing', async () => {
    const bench = new Bench();
    const call = bench.execute('x');
    const { body } = bench.proposed;
    await bench.reply(applied({ opened: false, closing: 7 }));
    expect(Array.isArray(body) && [...body.slice(0, 4), 7]).toEqual(bench.proposed.body);
    await bench.reply(applied({ opened: false, closing: 9 }));
    await bench.reply(applied({ opened: true }));
    expect(bench.proposal(2).body).toEqual(expect.arrayContaining(['open', 9]));
    await bench.reply(applied('done'));
    expect(call.ended).toEqual(bench.executed('done'));
  });

  it.each([
    ['is not applied', outcome('acknowledged')],
    ['says nothing', applied(null)],
    ['names no closing', applied({ opened: false })],
  ])('an opening that %s fails the call, and the next call opens', async (_what, reply) => {
    const bench = new Bench();
    const call = bench.execute('x');
    await bench.reply(reply);
    expect(call.ended).toMatchObject({ name: 'MalformedError' });
    const next = bench.execute('y');
    await bench.reply(applied({ opened: true }));
    await bench.reply(applied('done'));
    expect(next.ended).toEqual(bench.executed('done'));
  });

  it('tells of new leaders, and not of lost ones', () => {
    const bench = new Bench();
    let news = 0;
    const stop = bench.router.onLeaderNews(TARGET.group, () => (news += 1));
    bench.leads('node2', 1);
    bench.leaders.heard(TARGET.group, { term: 2, nodeId: null });
    expect(news).toBe(0);
    bench.leads('node3', 2);
    expect(news).toBe(1);
    stop();
    bench.leads('node2', 3);
    expect(news).toBe(1);
  });

  it('listens for notices of a machine', () => {
    const bench = new Bench();
    const listener = (): void => {};
    bench.router.onNotices(TARGET, listener);
    expect(bench.listening).toEqual([['g', 'm', listener]]);
  });

  it('whether the opening happened does not matter: nothing else can have', async () => {
    const bench = new Bench();
    const call = bench.execute('x', 3000);
    bench.transport.latest.fail(TransportError.outcomeUnknown('lost'));
    await pass(3000);
    expect(call.ended).toBe('NO_LEADER');
    expect(jest.getTimerCount()).toBeGreaterThan(0);
    await pass(OPENING_TIMEOUT_MS);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('gives up earlier where nothing can have happened: no proposer, or no leader', async () => {
    const unopened = new Bench().executeOrGiveUp('x');
    const bench = await opened();
    bench.leaders.failed(TARGET.group, 'node2');
    const call = bench.executeOrGiveUp('x');
    await pass(999);
    expect([unopened.ended, call.ended]).toEqual([undefined, undefined]);
    await pass(1);
    expect([unopened.ended, call.ended]).toEqual(['NO_LEADER', 'NO_LEADER']);
  });

  // Breaks otherwise: who joins an old opening is refused long before the own deadline.
  it('waits to its own deadline although the opening that it joined ends before', async () => {
    const bench = new Bench();
    bench.leaders.failed(TARGET.group, 'node2');
    const first = bench.execute('first', 1000);
    await pass(OPENING_TIMEOUT_MS - 1000);
    const call = bench.execute('x', 5000);
    await pass(2000);
    expect([first.ended, call.ended]).toEqual(['NO_LEADER', undefined]);
    bench.leads('node2', 2);
    await pass(0);
    await bench.reply(applied({ opened: true }));
    await bench.reply(applied('done'));
    expect(call.ended).toEqual(bench.executed('done'));
  });

  it('a full leader refuses the opening, and who waits for it, at once', async () => {
    const bench = new Bench();
    const call = bench.execute('x');
    await bench.reply({ kind: 'refused', reason: 'storageFull', leader: 'node2', term: 1 });
    expect(call.ended).toBe('STORAGE_FULL');
  });

  it('refuses more commands than its window, and goes on when they are answered', async () => {
    const bench = await opened();
    const calls = Array.from({ length: PROPOSER_WINDOW }, (_, at) => bench.execute(at));
    const beyond = bench.execute('beyond');
    await pass(0);
    expect(beyond.ended).toBe('OVERLOADED');
    for (const request of bench.transport.sent) request.reply(applied('done'));
    await pass(0);
    expect(calls.filter(({ ended }) => ended === undefined)).toEqual([]);
    const next = bench.execute('next');
    await bench.reply(applied('done'));
    expect(next.ended).toEqual(bench.executed('done'));
  });

  it('keys are scoped by method and path, and never leave the node as they are', async () => {
    const bench = await opened();
    const request = { key: 'secret', fingerprint: 'f', method: 'POST', path: '/a' };
    const scopes = [request, request, { ...request, path: '/b' }, { ...request, key: 'k' }].map(
      (idempotency) => {
        bench.execute('x', 5000, idempotency);
        return idempotency;
      },
    );
    await pass(0);
    const sent = scopes.map((_, at) => bench.proposal(at - scopes.length).idempotency);
    expect(sent.map((one) => one?.fingerprint)).toEqual(['f', 'f', 'f', 'f']);
    expect(sent[0]?.scope).toMatch(/^[0-9a-f]{64}$/);
    expect(new Set(sent.map((one) => one?.scope)).size).toBe(3);
  });

  it('reads: stale ones from its own replica, all others from the leader', async () => {
    const bench = new Bench();
    bench.nearby = { kind: 'result', result: 'nearby' };
    const [stale, linearizable] = [bench.query('stale'), bench.query('linearizable')];
    await pass(0);
    expect([stale.ended, bench.transport.sent.length]).toEqual(['nearby', 1]);
    expect(bench.transport.latest).toMatchObject({
      method: 'group.query',
      body: ['g', 'm', 'linearizable', 'query'],
    });
    await bench.reply({ kind: 'result', result: 'latest' });
    expect(linearizable.ended).toBe('latest');
  });

  it('a node without a replica asks the leader for stale reads too', async () => {
    const bench = new Bench();
    const stale = bench.query('stale');
    await pass(0);
    await bench.reply({ kind: 'result', result: 'far' });
    expect(stale.ended).toBe('far');
  });
});
