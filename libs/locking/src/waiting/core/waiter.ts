import type { Deadlined } from '../../core/leases/deadlined.js';
import type { CallEnd } from './queued-call.js';

/**
 * - `waiting`: asked after at `deadlineMs`, or at a hint.
 * - `claiming`: in the next request to the leader, or in one under way.
 * - `cancelling`: to be cancelled, being cancelled, or to be cancelled again at `deadlineMs`.
 * - `reclaiming`: its cancellation went under the proposer that this node has opened since, and found
 *   nothing; asked after under the one that attended it, now or at `deadlineMs`. That decides.
 */
export type WaiterPhase = 'waiting' | 'claiming' | 'cancelling' | 'reclaiming';

/**
 * A waiter of the cluster that this node attends, for one call or, with an Idempotency-Key, for
 * several. Without calls it is only there until it is certainly cancelled.
 *
 * Invariant: without calls, or with one that is over, it is cancelling or reclaiming.
 */
export interface Waiter extends Deadlined {
  readonly kind: 'waiter';
  readonly waiterId: number;
  /** Whose grant it would be; null when that is not known, for nobody here has attended it. */
  owner: string | null;
  /** The one that attends it, the latest if it was attended anew. */
  proposer: string;
  readonly upgrade: boolean;
  /** Whether its calls have an Idempotency-Key, all the same one. */
  keyed: boolean;
  readonly calls: Set<WaitingCall>;
  phase: WaiterPhase;
  /** A hint came while a claim was under way, whose answer may be older than the hint. */
  claimAgain: boolean;
  /** Whether the cancellation under way gives a grant back. */
  cancelReleases: boolean;
  /** An earlier cancellation may have been applied though its answer was lost. */
  cancelUnsure: boolean;
}

/** A call in the room. Its `deadlineMs` is `untilMs`, and `answerByMs` once it is over. */
export interface WaitingCall extends Deadlined {
  readonly kind: 'call';
  readonly callId: number;
  readonly waiter: Waiter;
  readonly answerByMs: number;
  /** Set when its time is over: the outcome of a cancellation decides what it is answered. */
  over: CallEnd | null;
}

export function newWaiter(
  waiter: Pick<Waiter, 'waiterId' | 'owner' | 'proposer' | 'upgrade' | 'keyed'>,
): Waiter {
  return {
    kind: 'waiter',
    ...waiter,
    calls: new Set(),
    phase: 'waiting',
    claimAgain: false,
    cancelReleases: false,
    cancelUnsure: false,
    deadlineMs: 0,
    heapIndex: -1,
  };
}

/** Whether its end is being decided: nothing is to be cancelled, or to be cancelled again, by others. */
export function isEnding({ phase }: Waiter): boolean {
  return phase === 'cancelling' || phase === 'reclaiming';
}

/**
 * Whether there may be a grant that a cancellation under `proposer` did not find, and that is to be told,
 * or to be given back.
 */
export function mayHaveMissed(
  { calls, keyed, owner, ...waiter }: Waiter,
  proposer: string,
): boolean {
  return proposer !== waiter.proposer && (calls.size > 0 || (!keyed && owner !== null));
}
