import fc from 'fast-check';
import { acquire, createSession, release, renew } from '../testing/lock-commands.js';
import { Replica, WALL_MS } from '../testing/replica.js';

const LOCKS = ['a', 'b'];
const OWNERS = ['one', 'two'];
const SESSION = 's';
const TTL_MS = 1_000;

const step = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom('acquire' as const, 'renew' as const, 'logged-renew' as const),
      lock: fc.constantFrom(...LOCKS),
      owner: fc.constantFrom(...OWNERS, SESSION),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constantFrom('keepalive' as const, 'tick' as const, 'apply' as const),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constantFrom('create-session' as const, 'refuse' as const, 'new-leader' as const),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('release' as const),
      lock: fc.constantFrom(...LOCKS),
    }),
  },
);

type Step = typeof step extends fc.Arbitrary<infer Made> ? Made : never;

/** Entries wait in a log, so that what is found due is decided later, and after other entries. */
class Schedule {
  readonly replica = new Replica().lead(1, 0);
  private readonly log: unknown[] = [];
  private readonly proposals = new Set<unknown>();
  /** Until when each holder was told that it holds, by lock and owner; sessions by their id. */
  private readonly told = new Map<string, number>();
  private term = 1;
  private nowMs = 0;

  run(steps: readonly (readonly [Step, number])[]): void {
    this.log.push(createSession(SESSION, { ttlMs: TTL_MS }));
    for (const [action, passedMs] of steps) {
      this.nowMs += passedMs;
      this.take(action);
    }
  }

  /** Without anybody who renews all ends within a time to live, and a heartbeat of each kind. */
  finish(): void {
    this.applyAll();
    this.nowMs += TTL_MS;
    this.take({ kind: 'tick' });
    this.applyAll();
    expect(this.replica.machine.countsAsLeader).toEqual({ held: 0, waiting: 0, sessions: 0 });
  }

  private take(action: Step): void {
    const { replica, nowMs } = this;
    switch (action.kind) {
      case 'acquire': {
        const { lock, owner } = action;
        const sessionId = owner === SESSION ? SESSION : null;
        this.log.push(acquire(lock, owner, { ttlMs: TTL_MS, sessionId, mode: 'shared' }));
        break;
      }
      case 'logged-renew':
      case 'renew': {
        const { lock, owner } = action;
        const token = this.tokenOf(lock, owner);
        if (token === undefined) break;
        if (action.kind === 'logged-renew') this.log.push(renew(lock, owner, token));
        else this.hear(owner, replica.renew(lock, owner, token, nowMs));
        break;
      }
      case 'release': {
        const [holder] = replica.get(action.lock, nowMs)?.holders ?? [];
        if (holder !== undefined) this.log.push(release(action.lock, holder.owner, holder.token));
        break;
      }
      case 'keepalive': {
        const answer = replica.keepAlive(SESSION, nowMs);
        if (answer.status === 'alive' && 'expiresAtMs' in answer) {
          this.told.set(SESSION, answer.expiresAtMs);
        }
        break;
      }
      case 'create-session':
        this.log.push(createSession(SESSION, { ttlMs: TTL_MS }));
        break;
      case 'tick':
        for (const command of replica.tick(nowMs)) {
          this.proposals.add(command);
          this.log.push(command);
        }
        break;
      case 'apply':
        if (this.log.length > 0) this.applyNext();
        break;
      case 'refuse': {
        const last = this.log.at(-1);
        if (!this.proposals.has(last)) break;
        this.log.pop();
        replica.duties.refused(last);
        break;
      }
      case 'new-leader':
        // What is in the log stays there, the expiries of the old leader too.
        this.term += 1;
        this.proposals.clear();
        replica.lead(this.term, nowMs);
    }
  }

  private applyAll(): void {
    while (this.log.length > 0) this.applyNext();
  }

  private applyNext(): void {
    const { replica, nowMs } = this;
    const command = this.log.shift() as { kind: string; owner?: string };
    const before = this.holders();
    const result = replica.apply(command, nowMs, { term: this.term });
    if (command.kind === 'expire') {
      for (const holder of before) {
        if (this.holders().includes(holder)) continue;
        expect({ holder, toldUntilMs: this.toldUntil(holder) - WALL_MS <= nowMs }).toEqual({
          holder,
          toldUntilMs: true,
        });
      }
    }
    if (command.owner !== undefined) this.hear(command.owner, result);
  }

  private hear(owner: string, answer: unknown): void {
    const { status, locks } = answer as {
      status: string;
      locks: { name: string; expiresAtMs: number }[];
    };
    if (status !== 'granted' && status !== 'renewed') return;
    for (const { name, expiresAtMs } of locks) this.told.set(`${name} ${owner}`, expiresAtMs);
  }

  private toldUntil(holder: string): number {
    const toldMs = this.told.get(holder) ?? 0;
    const ofSession = holder.endsWith(` ${SESSION}`) ? (this.told.get(SESSION) ?? 0) : 0;
    return Math.max(toldMs, ofSession);
  }

  private holders(): readonly string[] {
    return LOCKS.flatMap((lock) =>
      (this.replica.get(lock, this.nowMs)?.holders ?? []).map(({ owner }) => `${lock} ${owner}`),
    );
  }

  private tokenOf(lock: string, owner: string): number | undefined {
    const holders = this.replica.get(lock, this.nowMs)?.holders ?? [];
    return holders.find((holder) => holder.owner === owner)?.token;
  }
}

describe('leases, whatever the schedule', () => {
  it('no hold expires before the time its holder was last told, and all end without renewals', () => {
    const timed = fc.tuple(step, fc.integer({ min: 0, max: 300 }));
    fc.assert(
      fc.property(fc.array(timed, { minLength: 20, maxLength: 200 }), (steps) => {
        const schedule = new Schedule();
        schedule.run(steps);
        schedule.finish();
      }),
      { numRuns: 500, seed: 1 },
    );
  });
});
