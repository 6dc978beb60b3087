import type { LockMode } from '../../commands/holder.js';
import type { Place } from '../queue/place.js';
import type { Lock } from '../state/lock.js';
import type { LockMemory } from '../state/lock-memory.js';
import { covers } from '../state/modes.js';
import type { Party } from '../state/party.js';
import type { Waiter } from '../state/waiter.js';

/*
 * Who can have a lock now. Pure questions to the memory; the answers follow from holds, queues,
 * rests and ended sessions only.
 */

/** Whether neither another holder nor a rest of the lock keeps the party from it. */
export function isFreeFor(memory: LockMemory, lock: Lock, party: Party, mode: LockMode): boolean {
  if (memory.isDelayed(lock)) return false;
  if (mode === 'exclusive') return !lock.hasOtherHolder(party);
  const exclusive = lock.exclusiveHold;
  return exclusive === null || exclusive.party === party;
}

/**
 * Whether a party that waits nowhere at the lock, or whom its queue does not matter, can have it at
 * once; undefined when that depends on its place in the queue.
 */
export function isClearAtOnce(
  memory: LockMemory,
  lock: Lock | undefined,
  party: Party,
  mode: LockMode,
): boolean | undefined {
  if (lock === undefined) return true;
  const hold = lock.holders.get(party);
  if (hold !== undefined && covers(hold.mode, mode)) return true;
  if (!isFreeFor(memory, lock, party, mode)) return false;
  // An upgrade stands at the head; whoever waits there for the same holds the lock as well.
  return hold !== undefined || lock.queue === null ? true : undefined;
}

/** Whether nothing at the lock of this place keeps its waiter from a grant. */
export function isClear(memory: LockMemory, place: Place): boolean {
  if (place.covered) return true;
  if (!isFreeFor(memory, place.lock, place.party, place.mode)) return false;
  return !isObstructed(place);
}

/** Whether the waiter can be granted all its locks now. */
export function isGrantable(memory: LockMemory, waiter: Waiter): boolean {
  const { blockedAt } = waiter;
  if (blockedAt !== null && !isClear(memory, blockedAt)) return false;
  for (const place of waiter.places) {
    if (place === blockedAt || isClear(memory, place)) continue;
    waiter.blockedAt = place;
    return false;
  }
  return true;
}

/** Whether another party waits ahead for what this place cannot share. */
function isObstructed(place: Place): boolean {
  for (let group = place.group?.previous ?? null; group !== null; group = group.previous) {
    if (group.mode === 'exclusive') {
      if (group.first.party !== place.party) return true;
    } else if (place.mode === 'exclusive') {
      for (const ahead of group.places()) if (ahead.party !== place.party) return true;
    }
  }
  return false;
}
