import { expectPromise } from '../world/violation.js';

/** The fastest clock of any node against virtual time: a lease may end that much earlier. */
const CLOCK_RATE_MAX = 1.01;

/** What one owner knows of its hold of one lock. */
interface Belief {
  token: number;
  /** Until then it may rely on the lock, virtual microseconds. */
  untilUs: number;
  /** Lengths of leases that it asked for and got no answer about, by operation, milliseconds. */
  readonly open: Map<number, number>;
}

/** A lease that a client asks for, or gets. */
export interface AskedLease {
  readonly operation: number;
  readonly lock: string;
  readonly owner: string;
  readonly ttlMs: number;
  /** When the client asked, virtual microseconds: its lease cannot have begun earlier. */
  readonly askedAtUs: number;
}

/**
 * No two clients may believe at once that they hold a lock: each does from the answer that says so
 * until it asks for the release, or until the lease's length has passed since it asked.
 *
 * What a client asks for itself may cut its lease short before it is answered, or much later if it
 * never is: until then it relies on the shortest length only.
 */
export class MutualExclusion {
  private readonly locks = new Map<string, Map<string, Belief>>();

  /** The client asks for a lease that replaces the one it has. */
  asked({ operation, lock, owner, ttlMs, askedAtUs }: AskedLease): void {
    const belief = this.belief(lock, owner);
    belief.open.set(operation, ttlMs);
    belief.untilUs = Math.min(belief.untilUs, endUs(askedAtUs, ttlMs));
  }

  /** The client hears how long its lease is. */
  told(lease: AskedLease, token: number, nowUs: number): void {
    const { operation, lock, owner, askedAtUs } = lease;
    const belief = this.belief(lock, owner);
    belief.open.delete(operation);
    const untilUs = endUs(askedAtUs, Math.min(lease.ttlMs, ...belief.open.values()));
    // A late answer takes nothing from a lease that was renewed meanwhile.
    if (belief.token !== token || untilUs > belief.untilUs) belief.untilUs = untilUs;
    belief.token = token;
    if (belief.untilUs <= nowUs) return;
    for (const [other, { token: otherToken, untilUs: otherUntilUs }] of this.believers(lock)) {
      expectPromise(other === owner || otherUntilUs <= nowUs, 'a lock has one holder at a time', {
        lock,
        nowUs,
        other,
        otherToken,
        otherUntilUs,
        owner,
        token,
        untilUs,
      });
    }
  }

  /** The client is answered, but not with a lease. */
  refused(operation: number, lock: string, owner: string): void {
    this.belief(lock, owner).open.delete(operation);
  }

  /** The client gives up its belief before it asks for the release, or hears that it was wrong. */
  ended(lock: string, owner: string): void {
    this.belief(lock, owner).untilUs = 0;
  }

  private belief(lock: string, owner: string): Belief {
    const believers = this.believers(lock);
    const known = believers.get(owner) ?? { token: 0, untilUs: 0, open: new Map() };
    believers.set(owner, known);
    return known;
  }

  private believers(lock: string): Map<string, Belief> {
    const believers = this.locks.get(lock) ?? new Map<string, Belief>();
    this.locks.set(lock, believers);
    return believers;
  }
}

function endUs(askedAtUs: number, ttlMs: number): number {
  return Math.floor(askedAtUs + (ttlMs * 1000) / CLOCK_RATE_MAX);
}
