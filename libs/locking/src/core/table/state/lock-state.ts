import type { HolderIdentity, LockMode } from '../../commands/holder.js';
import type { Hold } from './hold.js';

/** A request in the queue of a lock, as readers see it. */
export interface QueuedRequest extends HolderIdentity {
  readonly mode: LockMode;
  /** Log time at which it began to wait, milliseconds of Unix time. */
  readonly sinceMs: number;
  readonly waiterId: number;
}

/** A live view of a lock, good until the next command; the dead are not shown. */
export interface LockState {
  readonly name: string;
  /** Of the holders; that of the first in the queue, or exclusive, when nobody holds it. */
  readonly mode: LockMode;
  /** Whether nobody new is granted it for now because a holder failed. */
  readonly delayed: boolean;
  /** In the order of their first tokens. */
  holders(): Iterable<Hold>;
  readonly holderCount: number;
  /** In the order of grants to come. */
  queue(): Iterable<QueuedRequest>;
  readonly queueLength: number;
}
