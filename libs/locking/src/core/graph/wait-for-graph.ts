import { invariant } from '@sinkron/invariant';
import type { WaitEdge } from '../commands/holder.js';
import type { Place } from '../table/queue/place.js';
import type { Party } from '../table/state/party.js';
import type { Waiter } from '../table/state/waiter.js';
import { namedEdge } from './deadlock-search.js';
import { walkEdges } from './wait-edges.js';

export interface GraphEdges {
  readonly edges: readonly WaitEdge[];
  /** Whether there are more than `limit`. */
  readonly truncated: boolean;
}

/** The first `limit` edges of the reduced wait-for graph, in the order of waiters. */
export function waitForEdges(waiters: Iterable<Waiter>, limit: number): GraphEdges {
  const edges: WaitEdge[] = [];
  for (const waiter of waiters) {
    for (const place of waiter.places) {
      for (const target of targetsOf(place)) {
        if (edges.length === limit) return { edges, truncated: true };
        edges.push(namedEdge({ place, target, at: null }));
      }
    }
  }
  return { edges, truncated: false };
}

/** Asserts that nobody waits for itself in the end. For tests: it looks at every edge. */
export function validateAcyclic(waiters: Iterable<Waiter>): void {
  const done = new Set<Party>();
  const path = new Set<Party>();
  const visit = (party: Party): void => {
    if (done.has(party)) return;
    invariant(!path.has(party), 'WaitForGraph: no cycle', {
      owners: [...path].map(({ owner }) => owner),
    });
    path.add(party);
    for (const place of party.places) for (const target of targetsOf(place)) visit(target);
    path.delete(party);
    done.add(party);
  };
  for (const { party } of waiters) visit(party);
}

function targetsOf(place: Place): ReadonlySet<Party> {
  const targets = new Set<Party>();
  walkEdges(place, {
    meet: (_place, target) => targets.add(target),
    enterRun: () => true,
    enterHolders: () => true,
  });
  return targets;
}
