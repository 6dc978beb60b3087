import type { WaitEdge } from '../commands/holder.js';
import { CYCLE_EDGES_MAX } from '../limits.js';
import type { PlaceGroup } from '../table/queue/place-group.js';
import type { Place } from '../table/queue/place.js';
import type { Lock } from '../table/state/lock.js';
import type { Party } from '../table/state/party.js';
import { walkEdges, type EdgeWalk } from './wait-edges.js';

/** One edge of a cycle: the party of `place` waits there for `target`. */
export interface CycleEdge {
  readonly place: Place;
  readonly target: Party;
  /** The place of `target` ahead in the same queue; null when it holds the lock. */
  readonly at: Place | null;
}

/**
 * Finds the shortest cycle through one party of the wait-for graph.
 *
 * Breadth first. Numbers of the search, left on what it has seen, stand for sets of them: each
 * party, run of shared places, and lock is looked at once, and nothing is allocated but the list of
 * parties to visit. The order of the search follows from the order of waiters and queues, so every
 * replica names the same cycle.
 */
export class DeadlockSearch implements EdgeWalk {
  /** Edges met in all searches: what they cost, independent of the machine. */
  edgesMet = 0;
  private number = 0;
  private root: Party | null = null;
  private visiting: Party | null = null;
  private last: CycleEdge | null = null;
  private readonly reached: Party[] = [];

  /** The edges of the cycle from `root` to `root`; null when it is on none. */
  find(root: Party): readonly CycleEdge[] | null {
    if (root.places.size === 0) return null;
    this.number += 1;
    this.root = root;
    this.last = null;
    this.reached.push(root);
    root.reachedIn = this.number;
    // The list grows while it is walked.
    for (const party of this.reached) {
      this.visiting = party;
      for (const place of party.places) {
        walkEdges(place, this);
        if (this.last !== null) break;
      }
      if (this.last !== null) break;
    }
    const cycle = this.last === null ? null : pathTo(this.last);
    this.forget();
    return cycle;
  }

  meet(place: Place, target: Party, at: Place | null): void {
    this.edgesMet += 1;
    if (target === this.root) {
      this.last ??= { place, target, at };
      return;
    }
    if (target.reachedIn === this.number) return;
    target.reachedIn = this.number;
    if (target.places.size === 0) return;
    target.reachedBy = place;
    target.reachedAt = at;
    this.reached.push(target);
  }

  enterRun(run: PlaceGroup): boolean {
    return this.enter(run);
  }

  enterHolders(lock: Lock): boolean {
    return this.enter(lock);
  }

  /** The root is no edge of itself: others that come here must look again, and may meet it. */
  private enter(crowd: { reachedIn: number }): boolean {
    if (this.last !== null || crowd.reachedIn === this.number) return false;
    if (this.visiting !== this.root) crowd.reachedIn = this.number;
    return true;
  }

  /** Parties must not keep each other in memory when they are gone. */
  private forget(): void {
    for (const party of this.reached) {
      party.reachedBy = null;
      party.reachedAt = null;
    }
    this.reached.length = 0;
    this.root = null;
    this.visiting = null;
    this.last = null;
  }
}

/** The edges of a cycle as they are told, the first CYCLE_EDGES_MAX of them. */
export function namedCycle(cycle: readonly CycleEdge[]): readonly WaitEdge[] {
  return cycle.slice(0, CYCLE_EDGES_MAX).map(namedEdge);
}

export function namedEdge({ place, target }: CycleEdge): WaitEdge {
  return { owner: place.party.owner, waitsFor: target.owner, lock: place.lock.name };
}

function pathTo(last: CycleEdge): readonly CycleEdge[] {
  const edges = [last];
  let { party } = last.place;
  while (party.reachedBy !== null) {
    edges.push({ place: party.reachedBy, target: party, at: party.reachedAt });
    party = party.reachedBy.party;
  }
  return edges.reverse();
}
