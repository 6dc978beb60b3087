import type { LockMode } from '../../commands/holder.js';
import type { Place } from './place.js';

/**
 * A maximal run of shared places, or one exclusive place: what later places wait for, or are
 * granted with, as a whole.
 */
export class PlaceGroup {
  first: Place;
  last: Place;
  size = 1;
  /** The number of the search that looked at all its places last. */
  reachedIn = 0;

  constructor(place: Place) {
    this.first = place;
    this.last = place;
  }

  get mode(): LockMode {
    return this.first.mode;
  }

  get previous(): PlaceGroup | null {
    return this.first.previous?.group ?? null;
  }

  /** The places in queue order. */
  *places(): Generator<Place, void, undefined> {
    for (let place: Place | null = this.first; place !== null; place = place.next) {
      yield place;
      if (place === this.last) return;
    }
  }
}
