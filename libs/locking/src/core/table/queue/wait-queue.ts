import { invariant } from '@sinkron/invariant';
import type { LockMode } from '../../commands/holder.js';
import { covers } from '../state/modes.js';
import type { Party } from '../state/party.js';
import { PlaceGroup } from './place-group.js';
import { comparePlaces, compareRanks, type Place } from './place.js';

const NONE: readonly Place[] = [];

/**
 * Who waits for one lock, in the order in which they are granted.
 *
 * A linked list, so that any place leaves in constant time, whose places know their group. Order:
 * upgrades, then by rank, then by waiter. Everything here follows from the ranks, modes and holds
 * of the places, so that a queue rebuilt from records is the same one.
 *
 * Invariant: places ascend in that order; groups are maximal runs of shared places, or single
 * exclusive ones.
 */
export class WaitQueue {
  first: Place | null = null;
  last: Place | null = null;
  length = 0;
  /** Places that were given another group so far: what moves cost, independent of the machine. */
  relabelled = 0;
  /** Places whose party holds enough already: what else their waiters ask for keeps them here. */
  readonly covered = new Set<Place>();
  /** The places of each party, by waiter. Few: PLACES_PER_PARTY_MAX. */
  private readonly own = new Map<Party, Place[]>();

  *[Symbol.iterator](): Generator<Place, void, undefined> {
    for (let place = this.first; place !== null; place = place.next) yield place;
  }

  placesOf(party: Party): readonly Place[] {
    return this.own.get(party) ?? NONE;
  }

  /**
   * Puts in the place of a new waiter and gives it its rank.
   *
   * A party that waits here already stands where it is granted with its first place: with the first
   * that covers the new mode, else, for an exclusive one after shared ones, behind the whole run that
   * its first is part of (half a rank, so that whoever comes later to that run still gets in front).
   * Everybody else comes last. An upgrade stands at the head, but has a rank like the others, and
   * gives it to later places of its party: that is where they stand when it is an upgrade no more.
   */
  join(place: Place): void {
    const own = this.placesOf(place.party);
    const covering = lowest(own.filter(({ mode }) => covers(mode, place.mode)));
    const first = covering ?? lowest(own);
    let ahead = this.last;
    if (covering !== undefined) {
      place.rank = covering.rank;
      ahead = covering;
    } else if (first === undefined) {
      place.rank = place.waiter.id;
    } else {
      ahead = groupOf(first).last;
      place.rank = rankBehind(ahead.rank);
    }
    this.insert(place, place.upgrade ? this.lastUpgradeBefore(place) : lastBefore(place, ahead));
  }

  /** Puts in places that have their ranks already, before anybody joins. */
  rebuild(rankedPlaces: readonly Place[]): void {
    invariant(this.length === 0, 'WaitQueue: rebuilt before anybody joins');
    for (const place of [...rankedPlaces].sort(comparePlaces)) this.insert(place, this.last);
  }

  leave(place: Place): void {
    const { previous, next } = place;
    if (previous === null) this.first = next;
    else previous.next = next;
    if (next === null) this.last = previous;
    else next.previous = previous;
    this.length -= 1;
    this.leaveGroup(place);
    place.previous = null;
    place.next = null;
    place.group = null;
    const own = this.own.get(place.party) ?? [];
    own.splice(own.indexOf(place), 1);
    place.shadowed = false;
    if (own.length === 0) this.own.delete(place.party);
    else refreshShadows(own);
  }

  /** A place whose party has got a shared hold meanwhile goes to the head. */
  toHead(place: Place): void {
    invariant(!place.upgrade, 'WaitQueue: a place becomes an upgrade once');
    this.leave(place);
    place.upgrade = true;
    this.insert(place, this.lastUpgradeBefore(place));
  }

  /** A place whose party was granted all it waits for here goes back to where its rank is. */
  fromHead(place: Place): void {
    invariant(place.upgrade, 'WaitQueue: only an upgrade stands at the head');
    this.leave(place);
    place.upgrade = false;
    let previous = this.last;
    while (previous !== null && comparePlaces(previous, place) > 0) previous = previous.previous;
    this.insert(place, previous);
  }

  /** Lets everybody pass who waits here. `rank` is above all ranks given so far. */
  toTail(place: Place, rank: number): void {
    invariant(!place.upgrade, 'WaitQueue: an upgrade stays at the head');
    this.leave(place);
    place.rank = rank;
    this.insert(place, this.last);
  }

  /** Undoes the latest `toTail`: `previous` is what stood before the place then. */
  putBack(place: Place, rank: number, previous: Place | null): void {
    this.leave(place);
    place.rank = rank;
    this.insert(place, previous);
  }

  validate(): void {
    let length = 0;
    for (const place of this) {
      const { previous, group } = place;
      invariant(previous === null || comparePlaces(previous, place) < 0, 'WaitQueue: ascends');
      invariant(group !== null && group.mode === place.mode, 'WaitQueue: a place has a group');
      const joined = previous !== null && previous.mode === 'shared' && place.mode === 'shared';
      invariant(joined === (previous?.group === group), 'WaitQueue: groups are maximal runs');
      invariant(joined || group.first === place, 'WaitQueue: group.first begins the run');
      length += 1;
    }
    invariant(length === this.length, 'WaitQueue: length counts the places', { length });
    for (const own of this.own.values()) {
      length -= own.length;
      for (const place of own) {
        const { shadowed } = place;
        invariant(shadowed === isShadowed(place, own), 'WaitQueue: shadowed by an earlier place');
      }
    }
    invariant(length === 0, 'WaitQueue: every place is its party’s', { length });
  }

  private insert(place: Place, previous: Place | null): void {
    invariant(place.group === null, 'WaitQueue: a place is in one queue once');
    const next = previous === null ? this.first : previous.next;
    place.previous = previous;
    place.next = next;
    if (previous === null) this.first = place;
    else previous.next = place;
    if (next === null) this.last = place;
    else next.previous = place;
    this.length += 1;
    this.relabelled += joinGroup(place);
    const own = this.own.get(place.party);
    if (own === undefined) {
      this.own.set(place.party, [place]);
    } else {
      own.push(place);
      own.sort((left, right) => left.waiter.id - right.waiter.id);
      refreshShadows(own);
    }
  }

  private lastUpgradeBefore(place: Place): Place | null {
    let previous: Place | null = null;
    for (let at = this.first; at !== null && at.upgrade; at = at.next) {
      if (at.waiter.id > place.waiter.id) break;
      previous = at;
    }
    return previous;
  }

  /** `place` is unlinked already but for its group. */
  private leaveGroup(place: Place): void {
    const group = groupOf(place);
    group.size -= 1;
    if (group.size > 0) {
      if (group.first === place) group.first = after(place);
      if (group.last === place) group.last = before(place);
      return;
    }
    const ahead = place.previous?.group ?? null;
    const behind = place.next?.group ?? null;
    if (ahead === null || behind === null) return;
    if (ahead.mode === 'shared' && behind.mode === 'shared') {
      this.relabelled += merge(ahead, behind);
    }
  }
}

/** The rank of an exclusive place behind a run whose last place has `rank`. */
function rankBehind(rank: number): number {
  return Number.isInteger(rank) ? rank + 0.5 : rank;
}

/** The last that comes before `place`, which comes after `from`. */
function lastBefore(place: Place, from: Place | null): Place | null {
  let last = from;
  for (let at = from; at !== null && comparePlaces(at, place) < 0; at = at.next) last = at;
  return last;
}

function lowest(places: readonly Place[]): Place | undefined {
  let first: Place | undefined;
  for (const place of places) {
    if (first === undefined || compareRanks(place, first) < 0) first = place;
  }
  return first;
}

function isShadowed(place: Place, own: readonly Place[]): boolean {
  return own.some(
    (other) => other !== place && covers(other.mode, place.mode) && comparePlaces(other, place) < 0,
  );
}

function refreshShadows(own: readonly Place[]): void {
  for (const place of own) place.shadowed = isShadowed(place, own);
}

/** `place` is linked already but for its group. @returns how many others got another group. */
function joinGroup(place: Place): number {
  const ahead = place.previous?.group ?? null;
  const behind = place.next?.group ?? null;
  if (isShared(place) && ahead?.mode === 'shared') {
    place.group = ahead;
    ahead.size += 1;
    if (ahead.last === place.previous) ahead.last = place;
  } else if (isShared(place) && behind?.mode === 'shared') {
    place.group = behind;
    behind.size += 1;
    behind.first = place;
  } else {
    const moved = ahead !== null && ahead === behind ? split(ahead, place) : 0;
    place.group = new PlaceGroup(place);
    return moved;
  }
  return 0;
}

function isShared(place: { readonly mode: LockMode }): boolean {
  return place.mode === 'shared';
}

/** Makes one run of two. The smaller is relabelled, so a queue is relabelled O(n log n) in all. @returns its size. */
function merge(ahead: PlaceGroup, behind: PlaceGroup): number {
  const [kept, gone] = ahead.size >= behind.size ? [ahead, behind] : [behind, ahead];
  for (const place of gone.places()) place.group = kept;
  kept.first = ahead.first;
  kept.last = behind.last;
  kept.size += gone.size;
  return gone.size;
}

/** `place` is linked in the middle of the run: what is behind it becomes a run of its own. @returns its size. */
function split(run: PlaceGroup, place: Place): number {
  const rest = new PlaceGroup(after(place));
  rest.last = run.last;
  rest.size = 0;
  for (const moved of rest.places()) {
    moved.group = rest;
    rest.size += 1;
  }
  run.last = before(place);
  run.size -= rest.size;
  return rest.size;
}

function groupOf(place: Place): PlaceGroup {
  invariant(place.group !== null, 'WaitQueue: the place is in the queue');
  return place.group;
}

function after(place: Place): Place {
  invariant(place.next !== null, 'WaitQueue: a place follows');
  return place.next;
}

function before(place: Place): Place {
  invariant(place.previous !== null, 'WaitQueue: a place precedes');
  return place.previous;
}
