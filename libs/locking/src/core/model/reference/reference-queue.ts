import {
  isIncompatible,
  isSameParty,
  type Entry,
  type ReferenceState,
  type Waiter,
} from './reference-state.js';

/** Gives the waiter its place in every queue: as an upgrade, behind its party's first, or last. */
export function lineUp(state: ReferenceState, waiter: Waiter): Entry[] {
  const own = waiter.locks.map(({ name, mode }) => {
    const upgrade = mode === 'exclusive' && state.holdOf(waiter, name)?.mode === 'shared';
    return { waiter, name, mode, upgrade };
  });
  for (const entry of own) {
    if (entry.upgrade) insertUpgrade(state, entry);
    else insertBehindFirst(state, entry);
  }
  return own;
}

/** An upgrade stands at the head, behind earlier upgrades. */
export function insertUpgrade(state: ReferenceState, entry: Entry): void {
  const queue = state.queueOf(entry.name);
  const before = queue.find(({ upgrade, waiter }) => !upgrade || waiter.id > entry.waiter.id);
  const others = state.entries.filter((other) => other !== entry);
  const place = before === undefined ? others.length : others.indexOf(before);
  state.entries = [...others.slice(0, place), entry, ...others.slice(place)];
}

/** Behind the party's first entry there and what must be granted with it, or at the tail. */
function insertBehindFirst(state: ReferenceState, entry: Entry): void {
  const queue = state.queueOf(entry.name);
  let at = queue.findIndex((other) => isSameParty(other.waiter, entry.waiter));
  const first = queue[at];
  if (first === undefined) {
    state.entries = [...state.entries, entry];
    return;
  }
  // Shared entries next to each other are granted together.
  if (first.mode === 'shared') while (queue[at + 1]?.mode === 'shared') at += 1;
  // An exclusive one goes behind earlier ones of its party; a shared one joins the first's run.
  while (isBehindToo(queue[at + 1], entry, first)) at += 1;
  const next = queue[at + 1];
  const place = next === undefined ? state.entries.length : state.entries.indexOf(next);
  state.entries = [...state.entries.slice(0, place), entry, ...state.entries.slice(place)];
}

function isBehindToo(next: Entry | undefined, entry: Entry, first: Entry): boolean {
  if (next === undefined || !isSameParty(next.waiter, entry.waiter)) return false;
  return entry.mode === 'exclusive' || first.mode === 'exclusive';
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

/** The first waiter that can be granted now, by the order of names and then of queues. */
export function firstClear(state: ReferenceState): Waiter | undefined {
  for (const name of state.names()) {
    for (const { waiter } of state.queueOf(name)) {
      const entries = state.entries.filter((entry) => entry.waiter === waiter);
      if (entries.every((entry) => isClear(state, entry))) return waiter;
    }
  }
  return undefined;
}
