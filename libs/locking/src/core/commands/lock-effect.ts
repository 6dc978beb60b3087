import type { HolderIdentity, LockMode, WaitEdge, WantedLock } from './holder.js';

interface EffectOnHold extends HolderIdentity {
  readonly name: string;
  readonly mode: LockMode;
  /** The hold's first token, which names it for life. */
  readonly holdId: number;
  /** The hold's present token. */
  readonly token: number;
  readonly holds: number;
}

/** A grant: a new hold, an upgrade of one, or a re-entrant one. */
export interface GrantedEffect extends EffectOnHold {
  readonly kind: 'granted';
  /** Whether the holder had a hold that covers this one: the token is the old one. */
  readonly reentrant: boolean;
  /** The length of the lease; in a session the session's. */
  readonly ttlMs: number;
  /** The entry that began the hold's own lease; of no meaning in a session. */
  readonly leaseIndex: number;
  /** The waiter whose wait this ends, which must claim it; null for a grant at once. */
  readonly waiterId: number | null;
  /** Who attends that waiter and is to be told. */
  readonly proposers: readonly string[];
  /**
   * Whether an Idempotency-Key remembers the grant of that waiter. A repeat may be told of it from
   * any node, so it counts as claimed from the first.
   */
  readonly remembered: boolean;
}

/** A lease that began anew in the log, perhaps with another length. */
export interface RenewedEffect extends EffectOnHold {
  readonly kind: 'renewed';
  /** Those of the lease the hold lives by: its own, or that of its session. */
  readonly ttlMs: number;
  readonly leaseIndex: number;
}

/** A hold given back; it has ended at `holds` 0. */
export interface ReleasedEffect extends EffectOnHold {
  readonly kind: 'released';
  /** By its owner; with its session (deleted); unclaimed; or by the cancel of its waiter. */
  readonly reason: 'released' | 'session' | 'abandoned' | 'cancelled';
}

/** A hold whose lease, or whose session's lease, ended. */
export interface ExpiredEffect extends EffectOnHold {
  readonly kind: 'expired';
}

/** A hold that an operator took away. */
export interface BrokenEffect extends EffectOnHold {
  readonly kind: 'broken';
}

/** A request that waits from now on. */
export interface QueuedEffect extends HolderIdentity {
  readonly kind: 'queued';
  readonly waiterId: number;
  readonly locks: readonly WantedLock[];
  readonly proposers: readonly string[];
}

/** A waiter that was removed without a grant. */
export interface LeftEffect {
  readonly kind: 'left';
  readonly waiterId: number;
  /** Who still attended it and is to be told; one that cancelled it is not among them. */
  readonly proposers: readonly string[];
}

/** A cancel that came too late told its proposer of the waiter's grant: the grant is claimed. */
export interface ClaimedEffect {
  readonly kind: 'claimed';
  readonly waiterId: number;
}

/**
 * A request refused because it would have closed a cycle. One that waits already and comes to be on a
 * cycle is removed, `left`: its node asks again, and is refused then.
 */
export interface DeadlockEffect extends HolderIdentity {
  readonly kind: 'deadlock';
  readonly name: string;
  readonly mode: LockMode;
  readonly cycle: readonly WaitEdge[];
}

export interface SessionCreatedEffect {
  readonly kind: 'session-created';
  readonly sessionId: string;
  readonly ttlMs: number;
  readonly leaseIndex: number;
}

/** The session is dead from here on; what it held may end with later sweeps. */
export interface SessionEndedEffect {
  readonly kind: 'session-ended';
  readonly sessionId: string;
  readonly reason: 'expired' | 'deleted';
}

/** A lock rests, or rests longer, because a holder failed. */
export interface DelayStartedEffect {
  readonly kind: 'delay-started';
  readonly name: string;
  readonly delayMs: number;
  readonly leaseIndex: number;
}

export interface DelayEndedEffect {
  readonly kind: 'delay-ended';
  readonly name: string;
}

/** Grants that a command was to abandon and had no room for: another one must. */
export interface UnabandonedEffect {
  readonly kind: 'unabandoned';
  readonly waiters: readonly number[];
}

/** Nobody will claim for this proposer any more. */
export interface ProposerClosedEffect {
  readonly kind: 'proposer-closed';
  readonly proposer: string;
}

/** A sweep was applied, with or without anything to do. */
export interface SweptEffect {
  readonly kind: 'swept';
}

/** What an applied command changed, in the order in which it changed. */
export type LockEffect =
  | GrantedEffect
  | RenewedEffect
  | ReleasedEffect
  | ExpiredEffect
  | BrokenEffect
  | QueuedEffect
  | LeftEffect
  | ClaimedEffect
  | DeadlockEffect
  | SessionCreatedEffect
  | SessionEndedEffect
  | DelayStartedEffect
  | DelayEndedEffect
  | ProposerClosedEffect
  | UnabandonedEffect
  | SweptEffect;
