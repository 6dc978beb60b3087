import fc from 'fast-check';
import {
  acquireAll,
  breakLock,
  cancel,
  createSession,
  endSession,
  release,
} from '../testing/lock-commands.js';
import { Replica } from '../testing/replica.js';

const LOCKS = ['a', 'b', 'c'];
const OWNERS = ['one', 'two', 'three', 's'];
const PROPOSERS = ['p', 'q'];
const TTL_MS = 1_000;

const lock = fc.constantFrom(...LOCKS);
const proposer = fc.constantFrom(...PROPOSERS);
const action = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('acquire' as const),
      locks: fc.uniqueArray(lock, { minLength: 1, maxLength: 2 }),
      mode: fc.constantFrom('shared' as const, 'exclusive' as const),
      owner: fc.constantFrom(...OWNERS),
      proposer,
      key: fc.boolean(),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('release' as const), lock }) },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constantFrom('claim' as const, 'late-claim' as const, 'cancel' as const),
      proposer,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constantFrom('break' as const, 'session' as const), lock }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constantFrom('close' as const), proposer }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        'duties' as const,
        'duties' as const,
        'new-leader' as const,
        'new-leader-over-log' as const,
      ),
    }),
  },
);

type Action = typeof action extends fc.Arbitrary<infer Made> ? Made : never;

/** Two nodes with clients that wait, and a leader whose commands take their time in the log. */
class Schedule {
  private readonly replica = new Replica().lead(1, 0);
  private readonly log: unknown[] = [];
  /** The waiters of each living incarnation of a node. */
  private readonly waiters = new Map<string, Set<number>>();
  private readonly incarnations = new Map<string, number>();
  /** Waiters whose clients were told of the grant. */
  private readonly told = new Set<number>();
  private term = 1;
  private nowMs = 0;

  run(steps: readonly (readonly [Action, number])[]): void {
    for (const [next, passedMs] of steps) {
      this.nowMs += passedMs;
      this.take(next);
    }
  }

  finish(): void {
    for (const name of PROPOSERS) this.close(name);
    for (let round = 0; round < 4; round += 1) {
      this.duties();
      this.nowMs += TTL_MS;
    }
    expect(this.replica.machine.countsAsLeader).toEqual({ held: 0, waiting: 0, sessions: 0 });
  }

  private take(next: Action): void {
    switch (next.kind) {
      case 'acquire': {
        const sessionId = next.owner === 's' ? 's' : null;
        const wanted = next.locks.map((name) => ({ name, mode: next.mode }));
        const terms = { wait: true, ttlMs: TTL_MS, sessionId, lockDelayMs: 100 };
        const by = this.proposer(next.proposer);
        const scope = `${next.owner} ${next.locks.join()} ${next.mode}`;
        const idempotency = next.key ? { scope, fingerprint: scope } : null;
        const answer = this.apply(acquireAll(wanted, next.owner, terms), {
          proposer: by,
          ...(idempotency === null ? {} : { idempotency }),
        });
        if (answer.waiterId !== undefined) this.waitersOf(by).add(answer.waiterId);
        break;
      }
      case 'release': {
        const [holder] = this.replica.get(next.lock, this.nowMs)?.holders ?? [];
        if (holder !== undefined) this.apply(release(next.lock, holder.owner, holder.token));
        break;
      }
      case 'claim':
      case 'late-claim': {
        // A node that was taken for dead may not have heard of it yet.
        const by = this.proposer(next.proposer, next.kind === 'late-claim' ? 1 : 0);
        for (const waiterId of this.waitersOf(by)) {
          const answer = this.replica.claim(waiterId, by, this.nowMs);
          if (answer === undefined || !('outcome' in answer)) continue;
          if (answer.outcome === 'granted') this.told.add(waiterId);
          if (answer.outcome !== 'waiting') this.waitersOf(by).delete(waiterId);
        }
        break;
      }
      case 'cancel': {
        const by = this.proposer(next.proposer);
        const [waiterId] = this.waitersOf(by);
        if (waiterId === undefined) break;
        this.waitersOf(by).delete(waiterId);
        const answer = this.apply(cancel(waiterId), { proposer: by });
        if (answer.status === 'granted') this.told.add(waiterId);
        break;
      }
      case 'break':
        this.apply(breakLock(next.lock));
        break;
      case 'session':
        this.apply(next.lock === 'a' ? endSession('s') : createSession('s', { ttlMs: TTL_MS }));
        break;
      case 'close':
        this.close(next.proposer);
        break;
      case 'duties':
        this.duties();
        break;
      case 'new-leader':
      case 'new-leader-over-log':
        // What the former leader appended is applied before another one leads, or never.
        if (next.kind === 'new-leader') for (const command of this.log) this.apply(command);
        this.log.length = 0;
        this.term += 1;
        this.replica.lead(this.term, this.nowMs);
    }
  }

  /** Nobody speaks for this incarnation any more; the node comes back as another. */
  private close(name: string): void {
    const by = this.proposer(name);
    this.incarnations.set(name, (this.incarnations.get(name) ?? 0) + 1);
    this.replica.closeProposer(by, this.nowMs);
  }

  /** A heartbeat, after what the one before proposed has been applied. */
  private duties(): void {
    for (const command of this.log.splice(0)) this.apply(command);
    this.log.push(...this.replica.tick(this.nowMs), ...this.replica.duties.followUps());
  }

  private apply(command: unknown, by: Parameters<Replica['apply']>[2] = {}) {
    const { kind, waiters } = command as { kind: string; waiters?: number[] };
    const answer = this.replica.apply(command, this.nowMs, { term: this.term, ...by });
    if (kind === 'abandon') {
      expect(waiters?.filter((waiterId) => this.told.has(waiterId))).toEqual([]);
    }
    return answer as { status: string; waiterId?: number };
  }

  private proposer(name: string, before = 0): string {
    return `${name}/${(this.incarnations.get(name) ?? 0) - before}`;
  }

  private waitersOf(by: string): Set<number> {
    const known = this.waiters.get(by) ?? new Set<number>();
    this.waiters.set(by, known);
    return known;
  }
}

describe('claims, whatever the schedule', () => {
  it('no grant that a client was told of is abandoned, and nothing outlives its node and lease', () => {
    const timed = fc.tuple(action, fc.integer({ min: 0, max: 100 }));
    fc.assert(
      fc.property(fc.array(timed, { minLength: 20, maxLength: 150 }), (steps) => {
        const schedule = new Schedule();
        schedule.run(steps);
        schedule.finish();
      }),
      { numRuns: 500, seed: 1 },
    );
  });
});
