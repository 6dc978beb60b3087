import type { Place } from '../queue/place.js';
import type { Session } from './session.js';

const NO_PLACES: ReadonlySet<Place> = new Set<Place>();

/**
 * Who holds or waits: an owner, within a session or without one, while it does so. The nodes of
 * the wait-for graph.
 */
export class Party {
  /** Its holds, the dead that are not swept yet among them. */
  holdCount = 0;
  /** The number of the search that reached this party last. */
  reachedIn = 0;
  /** During a search: whose wait reached this party first, null for where the search began. */
  reachedBy: Place | null = null;
  /** During a search: the place in a queue that is waited for; null when it is a hold. */
  reachedAt: Place | null = null;
  private waiting: Set<Place> | null = null;

  constructor(
    readonly owner: string,
    readonly session: Session | null,
  ) {}

  /** Its places in all queues in the order of their waiters, which every replica shares. */
  get places(): ReadonlySet<Place> {
    return this.waiting ?? NO_PLACES;
  }

  addPlace(place: Place): void {
    this.waiting ??= new Set();
    this.waiting.add(place);
  }

  removePlace(place: Place): void {
    this.waiting?.delete(place);
    if (this.waiting?.size === 0) this.waiting = null;
  }
}
