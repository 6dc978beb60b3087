import type { PlaceGroup } from '../table/queue/place-group.js';
import type { Place } from '../table/queue/place.js';
import type { Lock } from '../table/state/lock.js';
import type { Party } from '../table/state/party.js';

/** Who follows the edges of the wait-for graph. */
export interface EdgeWalk {
  /** `place` waits for `target`: for its place `at` ahead in the queue, or for its hold (null). */
  meet(place: Place, target: Party, at: Place | null): void;
  /** Whether to look at all places of the run; who has done so before needs not do it again. */
  enterRun(run: PlaceGroup): boolean;
  /** Whether to look at all holders of the lock. */
  enterHolders(lock: Lock): boolean;
}

/**
 * Walks the edges of one waiting place in the reduced wait-for graph.
 *
 * A place waits for every earlier incompatible place and holder of another party. Not each gets an
 * edge: the nearest of them has edges of its own to those before it, so that the same can be
 * reached. Where it has none, because a hold or an earlier place of its party covers it
 * (`transparent`), or because it is compatible with what stands before it, the walk goes on.
 */
export function walkEdges(place: Place, walk: EdgeWalk): void {
  if (place.transparent) return;
  const { lock } = place;
  for (let group = place.group?.previous ?? null; group !== null; group = group.previous) {
    if (group.mode === 'exclusive') {
      meet(place, group.first, walk);
      if (!group.first.transparent) return;
    } else if (place.mode === 'exclusive') {
      if (!walk.enterRun(group)) return;
      if (meetRun(place, group, walk) && isPassedOn(group, lock)) return;
    }
  }
  const exclusive = lock.exclusiveHold;
  if (exclusive !== null) {
    if (exclusive.party !== place.party) walk.meet(place, exclusive.party, null);
  } else if (place.mode === 'exclusive' && walk.enterHolders(lock)) {
    for (const { party } of lock.liveHolds()) {
      if (party !== place.party) walk.meet(place, party, null);
    }
  }
}

/**
 * Whether a shared place of the run, which waits for exclusive ones only, leads to everybody before
 * the run: to a holder that nobody shares with, or to a place that waits for all of them.
 */
function isPassedOn(run: PlaceGroup, lock: Lock): boolean {
  if (run.previous === null) return lock.exclusiveHold !== null;
  return !run.previous.first.transparent;
}

/** @returns whether a place of the run has edges of its own. */
function meetRun(place: Place, run: PlaceGroup, walk: EdgeWalk): boolean {
  let opaque = false;
  for (const ahead of run.places()) {
    meet(place, ahead, walk);
    if (!ahead.transparent) opaque = true;
  }
  return opaque;
}

function meet(place: Place, ahead: Place, walk: EdgeWalk): void {
  if (ahead.party !== place.party) walk.meet(place, ahead.party, ahead);
}
