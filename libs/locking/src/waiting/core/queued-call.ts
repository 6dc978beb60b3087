import type { Grant } from '../../core/commands/lock-result.js';

/** A request of a client that the cluster has queued. */
export interface QueuedCall {
  /** This node's own number of the request, never used again. */
  readonly callId: number;
  readonly waiterId: number;
  /** Whose grants they are, to give one back. */
  readonly owner: string;
  /** Under which the acquire went that was queued. */
  readonly proposer: string;
  readonly upgrade: boolean;
  /** Whether the request has an Idempotency-Key: its answer may be fetched again. */
  readonly keyed: boolean;
  /** When its wait is over, monotonic milliseconds. */
  readonly untilMs: number;
  /** When its caller wants to know at the latest, monotonic milliseconds. */
  readonly answerByMs: number;
}

/** Why a call waits no more although it was granted nothing. */
export type CallEnd = 'wait-timeout' | 'shutting-down';

/**
 * How a wait ended.
 *
 * - `granted`: confirmed by the leader, or by an applied command.
 * - `wait-timeout`, `shutting-down`: certainly granted nothing.
 * - `not-holder`: the hold that was to be upgraded has ended.
 * - `gone`: the cluster has removed the waiter; the acquire is to be sent anew.
 * - `unknown`: nobody could say in time.
 */
export type WaitEnd =
  | { readonly kind: 'granted'; readonly locks: readonly Grant[] }
  | { readonly kind: CallEnd | 'not-holder' | 'unknown' }
  | { readonly kind: 'gone' };
