import { comparePlaces } from '../queue/place.js';
import type { Lock } from '../state/lock.js';
import type { LockMemory } from '../state/lock-memory.js';
import type { Waiter } from '../state/waiter.js';
import { isGrantable } from './clearance.js';

/**
 * The waiters of a lock that can be granted all they wait for, in queue order. They can be granted
 * one after the other: of two places that exclude each other only the first is clear.
 *
 * Looks no further than somebody can be granted: shared places at the front, the first exclusive
 * one, and what waits behind that for the same party. `covered`: also, before these, those whose
 * party holds enough of this lock already, which only a command that did not come to an end leaves.
 */
export function* grantableWaiters(
  memory: LockMemory,
  lock: Lock,
  { covered }: { readonly covered: boolean },
): Generator<Waiter, void, undefined> {
  const { queue } = lock;
  if (queue === null) return;
  if (covered) {
    for (const { waiter } of [...queue.covered].sort(comparePlaces)) {
      if (isGrantable(memory, waiter)) yield waiter;
    }
  }
  if (memory.isDelayed(lock) || lock.exclusiveHold !== null) return;
  let place = queue.first;
  for (; place !== null && place.mode === 'shared'; place = place.next) {
    if (!place.covered && isGrantable(memory, place.waiter)) yield place.waiter;
  }
  if (place === null) return;
  for (const own of [...lock.placesOf(place.party)].sort(comparePlaces)) {
    const behind = comparePlaces(own, place) >= 0;
    if (behind && !own.covered && isGrantable(memory, own.waiter)) yield own.waiter;
  }
}

/** Whether a sweep would grant anybody at this lock. */
export function hasGrantable(memory: LockMemory, lock: Lock): boolean {
  return grantableWaiters(memory, lock, { covered: true }).next().done !== true;
}
