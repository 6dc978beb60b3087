import { comparePlaces } from '../queue/place.js';
import type { Lock } from '../state/lock.js';
import type { LockMemory } from '../state/lock-memory.js';
import type { Waiter } from '../state/waiter.js';
import { isClear, isGrantable } from './clearance.js';

/**
 * The waiters of a lock that can be granted all they wait for, in queue order. A waiter may be
 * granted, and others of its party may leave, between two steps.
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
  if (covered) {
    for (const place of [...(lock.queue?.covered ?? [])].sort(comparePlaces)) {
      if (place.covered && isGrantable(memory, place.waiter)) yield place.waiter;
    }
  }
  if (lock.queue === null || memory.isDelayed(lock) || lock.exclusiveHold !== null) return;
  let place = lock.queue.first;
  while (place !== null && place.mode === 'shared') {
    let { next } = place;
    if (isGrantable(memory, place.waiter)) yield place.waiter;
    if (next !== null && next.group === null) next = lock.queue?.first ?? null;
    place = next;
  }
  if (place === null) return;
  for (const own of [...lock.placesOf(place.party)].sort(comparePlaces)) {
    if (own.group === null || own.covered) continue;
    if (isClear(memory, own) && isGrantable(memory, own.waiter)) yield own.waiter;
  }
}

/** Whether a sweep would grant anybody at this lock. */
export function hasGrantable(memory: LockMemory, lock: Lock): boolean {
  return grantableWaiters(memory, lock, { covered: true }).next().done !== true;
}
