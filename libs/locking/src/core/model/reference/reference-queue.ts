import type { WantedLock } from '../../commands/holder.js';
import {
  isIncompatible,
  isSameParty,
  type Entry,
  type ReferenceState,
  type Waiter,
} from './reference-state.js';

/** Gives the waiter its place in every queue. */
export function lineUp(state: ReferenceState, waiter: Waiter): Entry[] {
  const entries = waiter.locks.map(({ name, mode }) => {
    return { waiter, name, mode, rank: rankFor(state, waiter, { name, mode }) };
  });
  state.entries = [...state.entries, ...entries];
  return entries;
}

/**
 * Last, unless the party waits there already: then behind its first entry with which this one can
 * be granted; and an exclusive one that has only shared ones before it, behind all that are to be
 * granted together with the first of them. Upgrades are ranked like all others: it counts when they
 * are upgrades no more.
 */
function rankFor(state: ReferenceState, waiter: Waiter, { name, mode }: WantedLock): number {
  const queue = state.queueOf(name);
  const own = queue
    .filter((entry) => isSameParty(entry.waiter, waiter))
    .sort((one, other) => one.rank - other.rank || one.waiter.id - other.waiter.id);
  const covering = own.find((entry) => entry.mode === 'exclusive' || mode === 'shared');
  if (covering !== undefined) return covering.rank;
  const [first] = own;
  if (first === undefined) return waiter.id;
  let at = queue.indexOf(first);
  while (queue[at + 1]?.mode === 'shared') at += 1;
  // Half a rank: a shared one that joins the run later gets in front all the same.
  const last = queue[at]?.rank ?? 0;
  return Number.isInteger(last) ? last + 0.5 : last;
}

/** Whether nothing at this lock keeps the entry from being granted. */
export function isClear(state: ReferenceState, entry: Entry): boolean {
  const { waiter, name, mode } = entry;
  if (state.isCovered(waiter, name, mode)) return true;
  if (state.isDelayed(name)) return false;
  const isHeld = state.holdsOf(name).some((hold) => {
    return isIncompatible(hold.mode, mode) && !isSameParty(hold, waiter);
  });
  if (isHeld) return false;
  const queue = state.queueOf(name);
  return !queue.slice(0, queue.indexOf(entry)).some((earlier) => {
    return isIncompatible(earlier.mode, mode) && !isSameParty(earlier.waiter, waiter);
  });
}

export function isGrantable(state: ReferenceState, waiter: Waiter): boolean {
  const entries = state.entries.filter((entry) => entry.waiter === waiter);
  return entries.length > 0 && entries.every((entry) => isClear(state, entry));
}

/** The waiters of the lock that can be granted all they wait for, in the order of its queue. */
export function grantable(state: ReferenceState, name: string): Waiter[] {
  const waiters = state.queueOf(name).map(({ waiter }) => waiter);
  return waiters.filter((waiter) => isGrantable(state, waiter));
}
