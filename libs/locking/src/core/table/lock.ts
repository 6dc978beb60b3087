/** `shared` comes with waiting; the records carry the mode from the first version on. */
export type LockMode = 'exclusive';

/**
 * Who holds: an owner, within a session or without one. An owner stands for one thread of control.
 */
export interface HolderIdentity {
  /** The session whose end ends the hold; null when the hold has a lease of its own. */
  readonly sessionId: string | null;
  readonly owner: string;
}

/** One holder of a lock. Durable; written by acquire and renew, removed with the hold. */
export interface Holder extends HolderIdentity {
  /** The fencing token of this grant; unique over all locks, so it names the lease as well. */
  readonly token: number;
  /** How often the holder has acquired and not yet released. */
  readonly holds: number;
  /** The length of the lease, milliseconds. Its deadline is in the leader's memory only. */
  readonly ttlMs: number;
  /** The entry that set `ttlMs` last. An expiry names it, so it cannot end a younger lease. */
  readonly leaseIndex: number;
  /** Log time of that entry plus `ttlMs`; renewals in the leader's memory go beyond it. */
  readonly expiresAtMs: number;
  /** The holder's note as JSON text, or null. */
  readonly metadata: string | null;
}

/**
 * A lock that somebody holds; a free one has no record.
 *
 * Invariant: holders are in the order of their tokens; an exclusive lock has exactly one.
 * Waiters will be records of their own beside the lock's, so that a long queue is not rewritten
 * with every change.
 */
export interface Lock {
  readonly name: string;
  readonly mode: LockMode;
  readonly holders: readonly Holder[];
}

export function sameHolder(left: HolderIdentity, right: HolderIdentity): boolean {
  return left.owner === right.owner && left.sessionId === right.sessionId;
}

/** The hold that `identity` proves by its token, if it has one. */
export function heldBy(
  lock: Lock | undefined,
  identity: HolderIdentity & { readonly token: number },
): Holder | undefined {
  return lock?.holders.find(
    (holder) => holder.token === identity.token && sameHolder(holder, identity),
  );
}
