import type { CancelResult, Grant } from '../../core/commands/lock-result.js';
import type { WaitEnd } from './queued-call.js';

/** What the {@link WaitingRoom} wants done. */
export type RoomOutput =
  /** Ask the leader's memory; report by `claimed`. */
  | {
      readonly kind: 'claim';
      readonly claims: readonly { readonly waiterId: number; readonly proposer: string }[];
    }
  /** Propose it; report by `cancelled`. */
  | { readonly kind: 'cancel'; readonly waiterId: number; readonly release: boolean }
  /** Release it, for nobody was told of it. */
  | { readonly kind: 'give-back'; readonly owner: string; readonly locks: readonly Grant[] }
  /** Tell the call, which the room has forgotten. */
  | { readonly kind: 'answer'; readonly callId: number; readonly end: WaitEnd };

/**
 * What became of a cancellation. `mayHaveHappened` is false when nothing was proposed for certain;
 * `proposer` is the one under which it found nothing.
 */
export type CancelOutcome =
  | Exclude<CancelResult, { readonly status: 'gone' }>
  | { readonly status: 'gone'; readonly proposer: string }
  | { readonly status: 'failed'; readonly mayHaveHappened: boolean };
