import type { HolderIdentity } from '../../commands/holder.js';
import {
  isIncompatible,
  isSameParty,
  type Entry,
  type ReferenceState,
  type Waiter,
} from './reference-state.js';

/** One party waits for another at a lock. */
export interface PartyEdge {
  readonly from: Waiter;
  readonly to: HolderIdentity;
  readonly lock: string;
}

/**
 * The whole wait-for graph: a waiting request waits for every incompatible holder and for every
 * earlier incompatible waiter, of other parties. A lock that its party holds in a mode that covers
 * the request is not waited for.
 */
export function edgesOf(state: ReferenceState): PartyEdge[] {
  return state.names().flatMap((name) => {
    const queue = state.queueOf(name);
    return queue.flatMap((entry, place) => {
      if (state.isCovered(entry.waiter, name, entry.mode)) return [];
      const holds = state.holdsOf(name).filter((hold) => isIncompatible(hold.mode, entry.mode));
      const earlier = queue.slice(0, place).filter((other) => {
        return isIncompatible(other.mode, entry.mode);
      });
      return [...holds, ...earlier.map(({ waiter }) => waiter)]
        .filter((party) => !isSameParty(party, entry.waiter))
        .map((to) => ({ from: entry.waiter, to, lock: name }));
    });
  });
}

/** The shortest way from the party back to itself; undefined when there is none. */
export function cycleThrough(
  party: HolderIdentity,
  edges: readonly PartyEdge[],
): readonly PartyEdge[] | undefined {
  const ways: (readonly PartyEdge[])[] = edges
    .filter(({ from }) => isSameParty(from, party))
    .map((edge) => [edge]);
  const seen: HolderIdentity[] = [];
  for (const way of ways) {
    const end = way[way.length - 1]?.to;
    if (end === undefined || seen.some((other) => isSameParty(other, end))) continue;
    if (isSameParty(end, party)) return way;
    seen.push(end);
    // The ways grow while they are walked: breadth first.
    for (const edge of edges) if (isSameParty(edge.from, end)) ways.push([...way, edge]);
  }
  return undefined;
}

export function hasCycle(state: ReferenceState): boolean {
  const edges = edgesOf(state);
  return edges.some(({ from }) => cycleThrough(from, edges) !== undefined);
}

/** The party's requests with which a cycle begins. */
export function cycleStarts(state: ReferenceState, party: HolderIdentity): Waiter[] {
  const edges = edgesOf(state);
  const starts = edges.filter((edge) => {
    const others = edges.filter(({ from }) => !isSameParty(from, party));
    return isSameParty(edge.from, party) && cycleThrough(party, [edge, ...others]) !== undefined;
  });
  return [...new Set(starts.map(({ from }) => from))];
}

/**
 * The waiting multi-locks in the queues where the party waits, which may be sent to the tails of
 * them: also those behind it, which must not come before others that are sent there. An upgrade
 * among them stays where it is: at the head.
 */
export function passable(state: ReferenceState, party: HolderIdentity): Entry[] {
  const own = state.entries.filter(({ waiter, name, mode }) => {
    return isSameParty(waiter, party) && !state.isCovered(party, name, mode);
  });
  const names = [...new Set(own.map(({ name }) => name))];
  return names.flatMap((name) => passableAt(state, party, name));
}

/** Those of them that the request queues behind. It is not refused when these are enough. */
export function aheadOf(state: ReferenceState, waiter: Waiter): Entry[] {
  return passable(state, waiter).filter((entry) => {
    const queue = state.queueOf(entry.name);
    const own = queue.findIndex((other) => other.waiter === waiter);
    return queue.indexOf(entry) < own;
  });
}

function passableAt(state: ReferenceState, party: HolderIdentity, name: string): Entry[] {
  return state.queueOf(name).filter((entry) => {
    const { waiter } = entry;
    return waiter.locks.length > 1 && !isSameParty(waiter, party) && !state.isUpgrade(entry);
  });
}

/**
 * Every set of `candidates` that can be sent to the tails of their queues, in the order in which
 * they are there, so that no cycle is left. Tries everything.
 */
export function waysPast(
  state: ReferenceState,
  candidates: readonly Entry[],
): (readonly Entry[])[] {
  return subsetsOf(candidates).filter((way) => afterMoves(state, way, () => !hasCycle(state)));
}

/**
 * Whether the party is on a cycle that begins at one of its locks with another wait than one behind
 * the multi-locks in the queue there. Such a cycle may be refused even when a multi-lock that is
 * passed at another of its locks would happen to be on it.
 */
export function isOnHardCycle(state: ReferenceState, party: HolderIdentity): boolean {
  return state.names().some((name) => {
    return afterMoves(state, passableAt(state, party, name), () => {
      const edges = edgesOf(state).filter(({ from, lock }) => {
        return lock === name || !isSameParty(from, party);
      });
      return cycleThrough(party, edges) !== undefined;
    });
  });
}

/** What is so when these were sent to the tails of their queues; then they are back. */
function afterMoves(state: ReferenceState, way: readonly Entry[], ask: () => boolean): boolean {
  const ranks = way.map(({ rank }) => rank);
  const { lastNumber } = state;
  for (const entry of way) moveToTail(state, entry);
  const answer = ask();
  for (const [at, entry] of way.entries()) entry.rank = ranks[at] ?? entry.rank;
  state.lastNumber = lastNumber;
  return answer;
}

/** The small ones first; each in the order of `items`. */
function subsetsOf<Item>(items: readonly Item[]): (readonly Item[])[] {
  let subsets: (readonly Item[])[] = [[]];
  for (const item of items) subsets = [...subsets, ...subsets.map((some) => [...some, item])];
  return subsets.sort((one, other) => one.length - other.length);
}

export function moveToTail(state: ReferenceState, entry: Entry): void {
  state.lastNumber += 1;
  entry.rank = state.lastNumber;
}
