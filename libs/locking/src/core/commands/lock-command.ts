import type { ClaimedHold, HolderIdentity, WantedLock } from './holder.js';

/**
 * Takes all the locks or none, once more those that the holder has already (re-entrant). Answered
 * at once: a request that must wait is `queued`, and its grant is a second result, to be claimed.
 */
export interface AcquireCommand extends HolderIdentity {
  readonly kind: 'acquire';
  /** 1 to LOCKS_PER_COMMAND_MAX, their names distinct. */
  readonly locks: readonly WantedLock[];
  /** Of no effect within a session: the session is the lease. */
  readonly ttlMs: number;
  /** How long the lock rests after this holder failed. */
  readonly lockDelayMs: number;
  /** JSON text; null leaves a re-entrant holder's note as it is. */
  readonly metadata: string | null;
  /** Whether it may queue. */
  readonly wait: boolean;
}

/** Gives one hold of each lock back, all or none. */
export interface ReleaseCommand {
  readonly kind: 'release';
  readonly owner: string;
  readonly locks: readonly ClaimedHold[];
}

/** Begins the holder's leases anew in the log, all or none, which a changed length needs. */
export interface RenewCommand {
  readonly kind: 'renew';
  readonly owner: string;
  readonly locks: readonly ClaimedHold[];
  /** The new length; null keeps the present one. */
  readonly ttlMs: number | null;
}

/** Ends a wait. Only a proposer that attends the waiter can. */
export interface CancelCommand {
  readonly kind: 'cancel';
  readonly waiterId: number;
  /** Whether a grant that came first is given back: nobody is there to take it. */
  readonly release: boolean;
}

/** An operator takes the lock away from whoever holds it. */
export interface BreakCommand {
  readonly kind: 'break';
  readonly name: string;
}

export interface CreateSessionCommand {
  readonly kind: 'create-session';
  readonly sessionId: string;
  readonly ttlMs: number;
  readonly lockDelayMs: number;
  readonly name: string | null;
}

/** Releases all that the session holds and takes it out of its queues. */
export interface EndSessionCommand {
  readonly kind: 'end-session';
  readonly sessionId: string;
}

/** A lease that the leader of `ExpireCommand.term` found due, with its `leaseIndex` then. */
export type DueLease =
  | { readonly kind: 'hold'; readonly holdId: number; readonly leaseIndex: number }
  | { readonly kind: 'session'; readonly sessionId: string; readonly leaseIndex: number }
  | { readonly kind: 'delay'; readonly name: string; readonly leaseIndex: number };

/** Ends leases. Proposed by the leader's own memory only, in the term in which they were due. */
export interface ExpireCommand {
  readonly kind: 'expire';
  readonly term: number;
  readonly leases: readonly DueLease[];
}

/**
 * Releases grants that nobody can claim any more: their proposers were closed, and in `term`, in
 * which they were granted, nobody claimed them. Proposed by the leader of that term only.
 */
export interface AbandonCommand {
  readonly kind: 'abandon';
  readonly term: number;
  readonly waiters: readonly number[];
}

/** Does the next part of the work that earlier commands only marked. Proposed by the leader. */
export interface SweepCommand {
  readonly kind: 'sweep';
}

/** What the leader's memory proposes by itself. */
export type DutyCommand = ExpireCommand | AbandonCommand | SweepCommand;

export type LockCommand =
  | AcquireCommand
  | ReleaseCommand
  | RenewCommand
  | CancelCommand
  | BreakCommand
  | CreateSessionCommand
  | EndSessionCommand
  | DutyCommand;
