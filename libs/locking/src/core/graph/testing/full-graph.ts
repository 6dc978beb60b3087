import type { HolderIdentity, LockMode } from '../../commands/holder.js';
import type { LockState } from '../../table/state/lock-state.js';

/** A party as text. */
export function partyName({ sessionId, owner }: HolderIdentity): string {
  return sessionId === null ? owner : `${sessionId}/${owner}`;
}

/**
 * The whole wait-for graph by its definition: whoever waits, waits for every holder and everybody
 * ahead in the queue with whom it cannot share the lock, but not for itself, and not where it has
 * the lock already or gets it with an earlier request of its own.
 */
export function fullEdges(locks: Iterable<LockState>): Map<string, Set<string>> {
  const edges = new Map<string, Set<string>>();
  for (const lock of locks) {
    const holders = [...lock.holders()].map((hold) => ({
      party: partyName(hold),
      mode: hold.mode,
    }));
    const queue = [...lock.queue()].map((request) => ({
      party: partyName(request),
      mode: request.mode,
    }));
    for (const [at, { party, mode }] of queue.entries()) {
      const ahead = queue.slice(0, at);
      const own = [...holders, ...ahead].filter((other) => other.party === party);
      if (own.some((other) => covers(other.mode, mode))) continue;
      const targets = edges.get(party) ?? new Set<string>();
      for (const other of [...holders, ...ahead]) {
        const shared = other.mode === 'shared' && mode === 'shared';
        if (other.party !== party && !shared) targets.add(other.party);
      }
      edges.set(party, targets);
    }
  }
  return edges;
}

/** Who can be reached from each node, by at least one edge. */
export function closure(edges: ReadonlyMap<string, ReadonlySet<string>>): Map<string, string[]> {
  const reached = new Map<string, string[]>();
  for (const [start, targets] of edges) {
    const seen = new Set<string>(targets);
    for (const node of seen) for (const next of edges.get(node) ?? []) seen.add(next);
    if (seen.size > 0) reached.set(start, [...seen].sort());
  }
  return reached;
}

function covers(held: LockMode, wanted: LockMode): boolean {
  return held === 'exclusive' || wanted === 'shared';
}
