import type { ClaimedHold } from './holder.js';
import type { Grant, NotHolder, Renewed, SessionNotFound } from './lock-result.js';

/*
 * Requests to the leader's memory: answered under a valid leader lease, without a log entry.
 */

/** Begins the leases of these holds anew, all or none; answered by a {@link LeaseRenewal}. */
export interface RenewRequest {
  readonly kind: 'renew';
  readonly owner: string;
  readonly locks: readonly ClaimedHold[];
  readonly ttlMs: number | null;
}

/** Begins the session's lease anew; answered by a {@link KeepAlive}. */
export interface KeepAliveRequest {
  readonly kind: 'keepalive';
  readonly sessionId: string;
}

/** Asks what became of waiters; answered by {@link Claims} in the same order. */
export interface ClaimRequest {
  readonly kind: 'claim';
  /** 1 to CLAIMS_PER_REQUEST_MAX. */
  readonly claims: readonly { readonly waiterId: number; readonly proposer: string }[];
}

export type LockRequest = RenewRequest | KeepAliveRequest | ClaimRequest;

/** The expiry of this lease is being decided: ask again. */
export interface Expiring {
  readonly status: 'expiring';
}

/** `ttl-differs`: another length than the lease has goes through the log. */
export type LeaseRenewal = Renewed | NotHolder | Expiring | { readonly status: 'ttl-differs' };

export interface Alive {
  readonly status: 'alive';
  readonly ttlMs: number;
  readonly expiresAtMs: number;
}

export type KeepAlive = Alive | SessionNotFound | Expiring;

/** `waiting` also while the expiry of an unclaimed grant is being decided. */
export type Claim =
  | { readonly waiterId: number; readonly outcome: 'granted'; readonly locks: readonly Grant[] }
  | { readonly waiterId: number; readonly outcome: 'waiting' }
  | { readonly waiterId: number; readonly outcome: 'gone' };

export interface Claims {
  readonly status: 'claims';
  readonly claims: readonly Claim[];
}

/**
 * A hint to the node of a proposer that these waiters were granted or removed: ask by a
 * {@link ClaimRequest}. It may be lost.
 */
export interface WaiterNotice {
  readonly waiterIds: readonly number[];
}
