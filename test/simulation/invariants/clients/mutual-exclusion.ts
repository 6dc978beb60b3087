import { CLOCK_RATE_MAX } from '../../world/machine-clock.js';
import { expectPromise } from '../../world/violation.js';
import { compatible } from '../../checks/lock-picture.js';

type Mode = 'exclusive' | 'shared';

/** The lease of a hold that is in no session. */
export function holdLease(lock: string, owner: string): string {
  return `hold ${lock} ${owner}`;
}

export function sessionLease(sessionId: string): string {
  return `session ${sessionId}`;
}

/** What one owner knows of a lease. */
interface LeaseBelief {
  /** Until then it may rely on the lease, virtual microseconds. */
  untilUs: number;
  /** Lengths of leases that it asked for and got no answer about, by operation, milliseconds. */
  readonly open: Map<number, number>;
}

/** What one party knows of its hold of one lock. */
interface HoldBelief {
  readonly party: string;
  readonly lease: string;
  readonly token: number;
  readonly mode: Mode;
  /** Grants it was told of and has not given back. */
  readonly count: number;
}

/** A lease that a client asks for, or gets. */
export interface AskedLease {
  readonly operation: number;
  /** Names the lease: that of one hold, or of a session. */
  readonly lease: string;
  readonly ttlMs: number;
  /** The lease cannot have begun earlier, virtual microseconds. */
  readonly fromUs: number;
}

export interface ToldHold {
  readonly lock: string;
  readonly party: string;
  readonly lease: string;
  readonly token: number;
  readonly mode: Mode;
}

/**
 * No two clients may believe at once that they hold a lock in modes that do not go together: each
 * does from the answer that says so until it asks for the release, or until the lease's length has
 * passed since it asked. And while one believes, no hold of its ends.
 *
 * What a client asks for itself may cut its lease short before it is answered, or much later if it
 * never is: until then it relies on the shortest length only.
 */
export class MutualExclusion {
  private readonly leases = new Map<string, LeaseBelief>();
  private readonly locks = new Map<string, Map<string, HoldBelief>>();
  /** Tokens of holds that an operator took away: their holders cannot know. */
  private readonly broken = new Set<number>();

  /** The client asks for a lease that replaces the one it has. */
  asked({ operation, lease, ttlMs, fromUs }: AskedLease): void {
    const belief = this.lease(lease);
    belief.open.set(operation, ttlMs);
    belief.untilUs = Math.min(belief.untilUs, endUs(fromUs, ttlMs));
  }

  /** The client hears how long its lease is, of a session. */
  leased(lease: AskedLease, nowUs: number): void {
    this.extend(lease, false);
    this.expectAlone(lease.lease, nowUs);
  }

  /**
   * The client hears that it holds a lock.
   *
   * @param more whether this is one more grant. @param leased how long its lease is, where the
   * answer says so: in a session only a renewal does.
   */
  holds(hold: ToldHold, more: boolean, leased: AskedLease | null, nowUs: number): void {
    const { lock, party, token, lease } = hold;
    const beliefs = this.beliefs(lock);
    const known = beliefs.get(party);
    // With another token it is another hold, or an upgrade of the one that the client relies on.
    const same = known !== undefined && (known.token === token || this.believes(known, nowUs));
    const kept = same ? known.count : 0;
    const fresh = lease.startsWith('hold ') && known?.token !== token;
    if (leased !== null) this.extend(leased, fresh);
    beliefs.set(party, { ...hold, count: more ? kept + 1 : Math.max(1, kept) });
    this.expectAlone(lease, nowUs);
  }

  /** The client is answered, but not with a lease. */
  refused(operation: number, lease: string): void {
    this.lease(lease).open.delete(operation);
  }

  /** The client is about to give one of its grants back. */
  givesBack(lock: string, party: string): void {
    const known = this.locks.get(lock)?.get(party);
    if (known === undefined) return;
    if (known.count <= 1) this.ended(lock, party);
    else this.beliefs(lock).set(party, { ...known, count: known.count - 1 });
  }

  /** The client gives up its belief, or hears that it was wrong. */
  ended(lock: string, party: string): void {
    this.locks.get(lock)?.delete(party);
  }

  /** The client gives the lease up, with all that it holds by it. */
  leaseEnded(lease: string): void {
    this.lease(lease).untilUs = 0;
    for (const beliefs of this.locks.values()) {
      for (const [party, belief] of beliefs) if (belief.lease === lease) beliefs.delete(party);
    }
  }

  /** An operator takes these grants away. */
  revoked(tokens: readonly number[]): void {
    for (const token of tokens) this.broken.add(token);
  }

  /** A hold has come to an end, as applied by the first of all replicas. */
  holdEnded(lock: string, party: string, how: string, nowUs: number): void {
    const belief = this.locks.get(lock)?.get(party);
    const relied = belief !== undefined && this.believes(belief, nowUs);
    expectPromise(!relied, 'no hold ends while its client relies on it', {
      lock,
      party,
      how,
      nowUs,
      belief,
      untilUs: belief === undefined ? 0 : this.lease(belief.lease).untilUs,
    });
  }

  /** A lease has come to an end, as applied by the first of all replicas. */
  leaseExpired(lease: string, nowUs: number): void {
    const { untilUs } = this.lease(lease);
    expectPromise(untilUs <= nowUs, 'no lease ends before the time that its client was told', {
      lease,
      untilUs,
      nowUs,
    });
  }

  private extend({ operation, lease, ttlMs, fromUs }: AskedLease, fresh: boolean): void {
    const belief = this.lease(lease);
    belief.open.delete(operation);
    const untilUs = endUs(fromUs, Math.min(ttlMs, ...belief.open.values()));
    // A late answer takes nothing from a lease that was renewed meanwhile.
    if (fresh || untilUs > belief.untilUs) belief.untilUs = untilUs;
  }

  private expectAlone(lease: string, nowUs: number): void {
    for (const [lock, beliefs] of this.locks) {
      for (const one of beliefs.values()) {
        if (one.lease !== lease || !this.believes(one, nowUs)) continue;
        for (const other of beliefs.values()) {
          const together = other === one || compatible(one.mode, other.mode);
          expectPromise(
            together || !this.believes(other, nowUs),
            'a lock has one holder at a time, or several that share it',
            { lock, nowUs, one, other, otherUntilUs: this.lease(other.lease).untilUs },
          );
        }
      }
    }
  }

  private believes({ lease, token }: HoldBelief, nowUs: number): boolean {
    return this.lease(lease).untilUs > nowUs && !this.broken.has(token);
  }

  private lease(name: string): LeaseBelief {
    let lease = this.leases.get(name);
    if (lease === undefined) {
      lease = { untilUs: 0, open: new Map() };
      this.leases.set(name, lease);
    }
    return lease;
  }

  private beliefs(lock: string): Map<string, HoldBelief> {
    let beliefs = this.locks.get(lock);
    if (beliefs === undefined) {
      beliefs = new Map();
      this.locks.set(lock, beliefs);
    }
    return beliefs;
  }
}

function endUs(askedAtUs: number, ttlMs: number): number {
  return Math.floor(askedAtUs + (ttlMs * 1000) / CLOCK_RATE_MAX);
}
