import type { Malformed } from '@sinkron/fields';
import type { HolderIdentity, LockMode, WaitEdge } from './holder.js';

/** A hold as its holder is told about it. */
export interface Grant {
  readonly name: string;
  readonly mode: LockMode;
  readonly token: number;
  readonly holds: number;
  /** The length of the lease; in a session the session's. */
  readonly ttlMs: number;
  /** Milliseconds of Unix time. */
  readonly expiresAtMs: number;
}

/**
 * Who stands in the way. Without the end of the lease: an applied result is the same on every
 * replica, and only the leader's memory knows that end.
 */
export interface Obstacle extends HolderIdentity {
  readonly mode: LockMode;
  readonly token: number;
  readonly holds: number;
}

export interface Granted {
  readonly status: 'granted';
  /** In the order in which the request named them. */
  readonly locks: readonly Grant[];
}

/** The first lock of the request that could not be had at once. */
export interface Held {
  readonly status: 'held';
  readonly name: string;
  /** At most OBSTACLES_MAX; empty while the lock rests after a holder failed. */
  readonly holders: readonly Obstacle[];
  readonly queueLength: number;
  readonly delayed: boolean;
}

export interface Queued {
  readonly status: 'queued';
  readonly waiterId: number;
  /** Whether it waits to upgrade a hold: when that hold ends the wait is over. */
  readonly upgrade: boolean;
}

/** Waiting would have closed this cycle; at most CYCLE_EDGES_MAX edges are named. */
export interface Deadlock {
  readonly status: 'deadlock';
  readonly cycle: readonly WaitEdge[];
}

/** Never created, deleted, or expired. */
export interface SessionNotFound {
  readonly status: 'session-not-found';
}

/** The hold that a waiting upgrade was to upgrade has ended. Settled only, never at once. */
export interface UpgradeLost {
  readonly status: 'not-holder';
}

/** A waiter with this Idempotency-Key waits for something else. */
export interface KeyReused {
  readonly status: 'key-reused';
}

/** LOCKS_MAX, WAITERS_MAX or QUEUE_MAX is reached. */
export interface Full {
  readonly status: 'full';
  readonly what: 'locks' | 'waiters' | 'queue';
}

export interface Released {
  readonly status: 'released';
  /** What is left of each hold; 0 means that it has ended. */
  readonly locks: readonly { readonly name: string; readonly holds: number }[];
}

export interface Renewed {
  readonly status: 'renewed';
  readonly locks: readonly Grant[];
}

/** No hold of this owner with this token: never granted, released, or expired. */
export interface NotHolder {
  readonly status: 'not-holder';
  readonly name: string;
  readonly token: number;
}

export type CancelResult =
  | { readonly status: 'cancelled' }
  /** It had been granted, and the grant stands. */
  | Granted
  /** It had been granted, and the grant was given back. */
  | { readonly status: 'released' }
  /** Neither waiting nor holding, or not this proposer's. */
  | { readonly status: 'gone' };

export type BreakResult = { readonly status: 'broken' } | { readonly status: 'free' };

export type CreateSessionResult =
  | { readonly status: 'created'; readonly ttlMs: number; readonly expiresAtMs: number }
  /** SESSIONS_MAX sessions live. */
  | { readonly status: 'full' }
  | { readonly status: 'exists' };

export type EndSessionResult = { readonly status: 'ended' } | SessionNotFound;

/** How many of the command's leases ended; the others were renewed, released or another's. */
export interface Expired {
  readonly status: 'expired';
  readonly ended: number;
}

/** How many of the command's waiters had something to give back. */
export interface Abandoned {
  readonly status: 'abandoned';
  readonly released: number;
}

export interface Swept {
  readonly status: 'swept';
  /** Whether marked work is left. */
  readonly more: boolean;
}

export type AcquireResult =
  Granted | Held | Queued | Deadlock | SessionNotFound | UpgradeLost | KeyReused | Full;
export type ReleaseResult = Released | NotHolder;
export type RenewResult = Renewed | NotHolder;

export type LockResult =
  | AcquireResult
  | ReleaseResult
  | RenewResult
  | CancelResult
  | BreakResult
  | CreateSessionResult
  | EndSessionResult
  | Expired
  | Abandoned
  | Swept
  | Malformed;
