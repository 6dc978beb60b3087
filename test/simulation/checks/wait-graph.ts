import { compatible, type LockPicture, type Mode, type PicturePlace } from './lock-picture.js';

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
      if (picture.isCovered(place)) return;
      const { party, owner } = place.waiter;
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
  const reached = new Set<string>();
  const visiting = [from];
  for (const party of visiting) {
    for (const edge of edges) {
      if (edge.party !== party) continue;
      if (edge.target === from) return true;
      if (reached.has(edge.target)) continue;
      reached.add(edge.target);
      visiting.push(edge.target);
    }
  }
  return false;
}
