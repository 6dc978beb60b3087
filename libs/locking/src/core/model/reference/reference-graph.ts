import type { HolderIdentity } from '../../commands/holder.js';
import { isIncompatible, isSameParty, type Entry, type ReferenceState } from './reference-state.js';

/** One party waits for another at a lock. */
export interface PartyEdge {
  readonly from: HolderIdentity;
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

/** All waiting multi-locks that stand before an entry of the requester, by queue order alone. */
export function passable(state: ReferenceState, requests: readonly Entry[]): Entry[] {
  return requests.flatMap((entry) => {
    const queue = state.queueOf(entry.name);
    return queue.slice(0, queue.indexOf(entry)).filter((other) => {
      const isMulti = other.waiter.locks.length > 1;
      return (
        isMulti &&
        isIncompatible(other.mode, entry.mode) &&
        !isSameParty(other.waiter, entry.waiter)
      );
    });
  });
}

/**
 * Whether some multi-locks of `candidates` can be sent to the tails of their queues, in some order,
 * so that no cycle is left. Tries everything.
 */
export function canPass(state: ReferenceState, candidates: readonly Entry[]): boolean {
  if (!hasCycle(state)) return true;
  return candidates.some((entry) => {
    const before = state.entries;
    moveToTail(state, entry);
    const rest = candidates.filter((other) => other !== entry);
    const passes = canPass(state, rest);
    state.entries = before;
    return passes;
  });
}

export function moveToTail(state: ReferenceState, entry: Entry): void {
  state.entries = [...state.entries.filter((other) => other !== entry), entry];
}
