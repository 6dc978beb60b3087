import type { Prng } from '../random/prng.js';
import type { ClientHoldings } from './client-holdings.js';
import type { HeldLock, LockMode, Order } from './operation.js';
import type { WorkloadOptions } from './workload-options.js';

/** Locks that one request asks for at most. */
const LOCKS_PER_REQUEST_MAX = 3;

/** Holds of a client above which it rather gives back. */
const HOLDS_WANTED = 2;

/** Draws what a client asks for next, of what would make sense to it. */
export class OrderDrawing {
  private sessions = 0;

  constructor(
    private readonly owner: string,
    private readonly options: WorkloadOptions,
    private readonly random: Prng,
  ) {}

  next(holdings: ClientHoldings): Order {
    const { random, options } = this;
    const { holds, sessionId } = holdings;
    if (random.permille(options.readPermille)) return { kind: 'get', name: this.lock() };
    if (random.permille(options.breakPermille)) return { kind: 'break', name: this.lock() };
    if (options.sessionPermille > 0 && random.permille(250)) return this.forSession(sessionId);
    const [hold] = random.sample(holds, 1);
    if (hold === undefined) return this.acquire(sessionId);
    if (random.permille(holds.length > HOLDS_WANTED ? 100 : 450)) return this.acquire(sessionId);
    if (random.permille(300)) return this.renew(holds, hold);
    if (random.permille(150)) return this.again(hold);
    // One name a request: a client may hold a lock in a session and without one.
    const others = holds.filter(({ name }) => name !== hold.name);
    return { kind: 'release', locks: random.permille(300) ? distinct([hold, ...others]) : [hold] };
  }

  /** A lease that outlasts what the healed cluster is given. */
  probe(name: string): Order {
    const locks = [{ name, mode: 'exclusive' as const }];
    const rest = { sessionId: null, ttlMs: 60_000, lockDelayMs: 0, waitMs: 0 };
    return { kind: 'acquire', locks, ...rest };
  }

  private forSession(sessionId: string | null): Order {
    const { random, options } = this;
    if (sessionId === null) {
      this.sessions += 1;
      return {
        kind: 'create-session',
        sessionId: `${this.owner}-session-${this.sessions}`,
        ttlMs: random.integer(1000, options.sessionTtlMsMax + 1),
        lockDelayMs: this.lockDelayMs(),
      };
    }
    if (random.permille(120)) return { kind: 'end-session', sessionId };
    return { kind: 'keep-alive', sessionId };
  }

  private acquire(sessionId: string | null): Order {
    const { random, options } = this;
    const names = Array.from({ length: options.locks }, (_, lock) => nameOf(lock));
    const count = random.permille(options.multiPermille)
      ? random.integer(2, LOCKS_PER_REQUEST_MAX + 1)
      : 1;
    const locks = random.sample(names, count).map((name) => ({ name, mode: this.mode() }));
    const inSession = sessionId !== null && random.permille(options.sessionPermille);
    return { kind: 'acquire', locks, ...this.terms(inSession ? sessionId : null) };
  }

  /** Once more for its holder, perhaps in another mode. */
  private again({ name, mode: held, sessionId }: HeldLock): Order {
    const upgrade = held === 'shared' && this.random.permille(700);
    const mode = upgrade ? 'exclusive' : this.mode();
    return { kind: 'acquire', locks: [{ name, mode }], ...this.terms(sessionId) };
  }

  private terms(sessionId: string | null): {
    sessionId: string | null;
    ttlMs: number;
    lockDelayMs: number;
    waitMs: number;
  } {
    const { random, options } = this;
    const waits = random.permille(options.waitPermille);
    return {
      sessionId,
      ttlMs: this.ttlMs(),
      lockDelayMs: this.lockDelayMs(),
      waitMs: waits ? random.integer(50, options.waitMsMax + 1) : 0,
    };
  }

  private renew(holds: readonly HeldLock[], hold: HeldLock): Order {
    const together = holds.filter(({ sessionId }) => sessionId === hold.sessionId);
    const locks = this.random.permille(300) ? together : [hold];
    return { kind: 'renew', locks, ttlMs: this.random.permille(300) ? this.ttlMs() : null };
  }

  private mode(): LockMode {
    return this.random.permille(this.options.sharedPermille) ? 'shared' : 'exclusive';
  }

  private ttlMs(): number {
    return this.random.integer(this.options.ttlMsMin, this.options.ttlMsMax + 1);
  }

  private lockDelayMs(): number {
    const { random, options } = this;
    return random.permille(500) ? random.integer(0, options.lockDelayMsMax + 1) : 0;
  }

  private lock(): string {
    return nameOf(this.random.integer(0, this.options.locks));
  }
}

function nameOf(lock: number): string {
  return `lock-${lock}`;
}

function distinct(holds: readonly HeldLock[]): readonly HeldLock[] {
  return [...new Map(holds.map((hold) => [hold.name, hold])).values()];
}
