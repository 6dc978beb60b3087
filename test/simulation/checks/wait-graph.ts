import {
  compatible,
  covers,
  type LockPicture,
  type Mode,
  type PicturePlace,
} from './lock-picture.js';

/** `party` waits for `target` at a lock. */
export interface GraphEdge {
  readonly party: string;
  readonly target: string;
  readonly owner: string;
  readonly targetOwner: string;
  readonly lock: string;
  /** Whether `target` holds the lock; else it waits there, ahead. */
  readonly holds: boolean;
}

/**
 * Every edge there is: each place waits for every holder of its lock and for every place before it
 * that it is not compatible with, of other parties. Nothing is reduced.
 *
 * @param queues the places of each lock in order.
 */
export function allEdges(
  picture: LockPicture,
  queues: ReadonlyMap<string, readonly PicturePlace[]>,
): readonly GraphEdge[] {
  const edges: GraphEdge[] = [];
  for (const [lock, queue] of queues) {
    const holders = picture.holdersOf(lock);
    queue.forEach((place, position) => {
      const { party, owner } = place.waiter;
      // It is granted with an earlier place of its party, so it waits for nobody by itself.
      const shadowed = queue.slice(0, position).some((ahead) => {
        return ahead.waiter.party === party && covers(ahead.mode, place.mode);
      });
      if (shadowed || picture.isCovered(place)) return;
      const meet = (target: string, targetOwner: string, mode: Mode, holds: boolean): void => {
        if (target === party || compatible(mode, place.mode)) return;
        edges.push({ party, target, owner, targetOwner, lock, holds });
      };
      for (const hold of holders) meet(hold.party, hold.owner, hold.mode, true);
      for (const { waiter, mode } of queue.slice(0, position)) {
        meet(waiter.party, waiter.owner, mode, false);
      }
    });
  }
  return edges;
}

/** All queues of the picture, in order. */
export function queuesOf(picture: LockPicture): Map<string, readonly PicturePlace[]> {
  const names = new Set<string>();
  for (const { places } of picture.waiters.values()) for (const { name } of places) names.add(name);
  return new Map([...names].map((name) => [name, picture.queueOf(name)]));
}

/** Whether `from` waits in the end for itself. */
export function onCycle(edges: readonly GraphEdge[], from: string): boolean {
  return cycleThrough(edges, from) !== null;
}

/** A shortest way on which `from` waits for itself, or null. */
export function cycleThrough(
  edges: readonly GraphEdge[],
  from: string,
): readonly GraphEdge[] | null {
  const reachedBy = new Map<string, GraphEdge>();
  const visiting = [from];
  for (const party of visiting) {
    for (const edge of edges) {
      if (edge.party !== party || reachedBy.has(edge.target)) continue;
      reachedBy.set(edge.target, edge);
      if (edge.target === from) return pathBack(reachedBy, edge);
      visiting.push(edge.target);
    }
  }
  return null;
}

function pathBack(
  reachedBy: ReadonlyMap<string, GraphEdge>,
  last: GraphEdge,
): readonly GraphEdge[] {
  const path = [last];
  for (;;) {
    const [first] = path;
    const before = first === undefined ? undefined : reachedBy.get(first.party);
    if (before === undefined || first?.party === last.target) return path;
    path.unshift(before);
  }
}
