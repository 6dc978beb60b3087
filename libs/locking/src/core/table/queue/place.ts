import type { LockMode } from '../../commands/holder.js';
import type { Lock } from '../state/lock.js';
import type { Party } from '../state/party.js';
import type { Waiter } from '../state/waiter.js';
import type { PlaceGroup } from './place-group.js';

/** Where one waiter stands in the queue of one lock. The queue alone writes it. */
export class Place {
  /**
   * Orders the queue, then the waiter's id does. Durable. The waiter's id for who comes last; see
   * WaitQueue.join for the others.
   */
  rank: number;
  /** Whether the party holds the lock shared and waits for more: then it stands at the head. */
  upgrade = false;
  /** Whether a hold of the party covers it: then it waits for nobody at this lock. */
  covered = false;
  /** Whether an earlier place of the party covers it: then it is granted with that one. */
  shadowed = false;
  previous: Place | null = null;
  next: Place | null = null;
  /** Null while it is in no queue. */
  group: PlaceGroup | null = null;

  constructor(
    readonly waiter: Waiter,
    readonly lock: Lock,
    readonly mode: LockMode,
  ) {
    this.rank = waiter.id;
  }

  get party(): Party {
    return this.waiter.party;
  }

  /** Whether it adds no edge of its own to the wait-for graph. */
  get transparent(): boolean {
    return this.covered || this.shadowed;
  }
}

/** Orders two places of one queue; negative when `left` comes first. */
export function comparePlaces(left: Place, right: Place): number {
  if (left.upgrade !== right.upgrade) return left.upgrade ? -1 : 1;
  if (left.upgrade) return left.waiter.id - right.waiter.id;
  return compareRanks(left, right);
}

/** Where two places stand when neither is an upgrade, or is one no more. */
export function compareRanks(left: Place, right: Place): number {
  return left.rank - right.rank || left.waiter.id - right.waiter.id;
}
