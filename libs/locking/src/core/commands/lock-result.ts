import type { HolderIdentity, LockMode } from '../table/lock.js';

/** A hold as its holder is told about it. */
export interface Hold {
  readonly mode: LockMode;
  readonly token: number;
  readonly holds: number;
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

export interface Granted extends Hold {
  readonly status: 'granted';
}

export interface Held {
  readonly status: 'held';
  readonly holders: readonly Obstacle[];
  readonly queueLength: number;
}

export interface Released {
  readonly status: 'released';
  /** What is left; 0 means that the lock is free. */
  readonly holds: number;
}

export interface Renewed extends Hold {
  readonly status: 'renewed';
}

/** No hold of this owner with this token: never granted, released, or expired. */
export interface NotHolder {
  readonly status: 'not-holder';
}

/** LOCKS_MAX locks are held. */
export interface Full {
  readonly status: 'full';
}

export interface Expired {
  readonly status: 'expired';
  /** How many of the command's leases ended; the others were renewed, released or another's. */
  readonly ended: number;
}

/** A command, query or request that this version does not understand; nothing happened. */
export interface Malformed {
  readonly status: 'malformed';
  readonly message: string;
}

export type AcquireResult = Granted | Held | Full | Malformed;
export type ReleaseResult = Released | NotHolder | Malformed;
export type RenewResult = Renewed | NotHolder | Malformed;
export type LockResult = AcquireResult | ReleaseResult | RenewResult | Expired;

/**
 * The leader's memory on a renewal. `expiring`: its expiry is being decided, ask again.
 * `ttl-differs`: another length than the lease has goes through the log.
 */
export type LeaseRenewalResult =
  RenewResult | { readonly status: 'expiring' } | { readonly status: 'ttl-differs' };
