import { invariant } from '@sinkron/invariant';
import type { DueLease } from '../commands/lock-command.js';
import { LEASES_BEGUN_PER_TURN_MAX } from '../limits.js';
import { LeaseKeeper, type LeaseIdentity } from './lease-keeper.js';

/** The length of one lease, as the replicated state knows it. */
export interface Lease extends LeaseIdentity {
  readonly ttlMs: number;
}

/** What a replica that begins to lead finds in the replicated state. */
export interface LeaseSource {
  holds(): Iterable<LeasedHold>;
  sessions(after: string | null): Iterable<Length & { readonly id: string }>;
  delays(): Iterable<DelayLength & { readonly name: string }>;
}

/** A hold and the lease it lives by: its own, or that of its session. */
export interface LeasedHold extends Length {
  readonly id: number;
  readonly sessionId: string | null;
}

interface Length {
  readonly ttlMs: number;
  readonly leaseIndex: number;
}

interface DelayLength {
  readonly delayMs: number;
  readonly leaseIndex: number;
}

/* The kinds share one keeper: a number is a hold's id, a letter in front tells the others apart. */
const SESSION = 's';
const DELAY = 'd';

function holdLease(holdId: number, { ttlMs, leaseIndex }: Length): Lease {
  return { id: holdId, ttlMs, leaseIndex };
}

export function sessionLease(sessionId: string, { ttlMs, leaseIndex }: Length): Lease {
  return { id: SESSION + sessionId, ttlMs, leaseIndex };
}

export function delayLease(name: string, { delayMs, leaseIndex }: DelayLength): Lease {
  return { id: DELAY + name, ttlMs: delayMs, leaseIndex };
}

/** The lease that the hold lives by. */
export function leaseOf(hold: LeasedHold): Lease {
  const { id, sessionId } = hold;
  return sessionId === null ? holdLease(id, hold) : sessionLease(sessionId, hold);
}

/**
 * The leases of holds, sessions and lock-delays in the memory of the leader.
 *
 * A new leader begins every lease at its full length, because the deadlines died with the old one.
 * It does so in slices, or a million leases would hold up its heartbeats; a lease that is asked
 * for before its slice begins then. All count from the instant of the start, whenever they began.
 *
 * Invariant: when the last slice is done, every living lease of the state is in the keeper.
 */
export class LockLeases {
  private readonly keeper = new LeaseKeeper<LeaseIdentity>();
  /** Leases of the state that may not have begun; undefined when all have. */
  private pending: Iterator<Lease | null, void, undefined> | undefined;
  private startedMs = 0;

  get size(): number {
    return this.keeper.size;
  }

  start(source: LeaseSource, nowMs: number): void {
    this.stop();
    this.startedMs = nowMs;
    this.pending = leasesOf(source);
  }

  stop(): void {
    this.keeper.clear();
    this.pending = undefined;
  }

  /** Begins the next slice of the leases that were there at the start. */
  beginSlice(): void {
    for (let looked = 0; looked < LEASES_BEGUN_PER_TURN_MAX; looked += 1) {
      if (this.pending === undefined) return;
      const { done, value } = this.pending.next();
      if (done === true) this.pending = undefined;
      else if (value !== null) this.ensure(value);
    }
  }

  /** Begins a lease at full length, or begins it anew with another length or entry. */
  begin(lease: Lease, nowMs: number): void {
    const { id, leaseIndex, ttlMs } = lease;
    this.keeper.start({ id, leaseIndex }, { ttlMs, nowMs });
  }

  endHold(holdId: number): void {
    this.keeper.end(holdId);
  }

  endSession(sessionId: string): void {
    this.keeper.end(SESSION + sessionId);
  }

  endDelay(name: string): void {
    this.keeper.end(DELAY + name);
  }

  isExpiring(lease: Lease, nowMs: number): boolean {
    this.ensure(lease);
    return this.keeper.state(lease.id, nowMs) === 'expiring';
  }

  /** Extends a living lease by its full length. */
  renew(lease: Lease, nowMs: number): void {
    this.ensure(lease);
    const state = this.keeper.renew(lease.id, nowMs);
    invariant(state === 'living', 'LockLeases: only living leases are renewed', {
      id: lease.id,
      state,
    });
  }

  /** Milliseconds until the lease is due, 0 when it is. */
  remainingMs(lease: Lease, nowMs: number): number {
    this.ensure(lease);
    const remainingMs = this.keeper.remainingMs(lease.id, nowMs);
    invariant(remainingMs !== undefined, 'LockLeases: the lease has begun', { id: lease.id });
    return remainingMs;
  }

  /** Marks up to `countMax` due leases as expiring and returns them, the longest due first. */
  takeDue(nowMs: number, countMax: number): readonly DueLease[] {
    return this.keeper.takeDue(nowMs, countMax).map(dueLease);
  }

  /** The expiry of `due` will not happen: it is due again. */
  refused(due: DueLease): void {
    this.keeper.refused({ id: idOf(due), leaseIndex: due.leaseIndex });
  }

  validate(): void {
    this.keeper.validate();
  }

  private ensure(lease: Lease): void {
    if (this.keeper.state(lease.id, this.startedMs) !== 'unknown') return;
    invariant(this.pending !== undefined, 'LockLeases: every living lease has begun', {
      id: lease.id,
    });
    this.begin(lease, this.startedMs);
  }
}

/** One item for each thing looked at, null for a hold that lives by its session's lease. */
function* leasesOf(source: LeaseSource): Generator<Lease | null, void, undefined> {
  for (const session of source.sessions(null)) yield sessionLease(session.id, session);
  for (const delay of source.delays()) yield delayLease(delay.name, delay);
  for (const hold of source.holds()) yield hold.sessionId === null ? leaseOf(hold) : null;
}

function dueLease({ id, leaseIndex }: LeaseIdentity): DueLease {
  if (typeof id === 'number') return { kind: 'hold', holdId: id, leaseIndex };
  const of = id.slice(1);
  return id.startsWith(SESSION)
    ? { kind: 'session', sessionId: of, leaseIndex }
    : { kind: 'delay', name: of, leaseIndex };
}

function idOf(due: DueLease): LeaseIdentity['id'] {
  switch (due.kind) {
    case 'hold':
      return due.holdId;
    case 'session':
      return SESSION + due.sessionId;
    case 'delay':
      return DELAY + due.name;
  }
}
