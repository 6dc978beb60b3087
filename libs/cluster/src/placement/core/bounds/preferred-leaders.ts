import { invariant } from '@sinkron/invariant';

/** To give a node room, it gives `shard` to another holder of it. */
interface Handover {
  readonly shard: number;
  readonly from: number;
}

/**
 * Chooses a leader for each shard among the nodes that hold it: the first of them that leads fewer shards than
 * its bound. If all of them are at theirs, leaders of other shards are changed to make room, as few as do it.
 *
 * With equal weights there is always a way. With weights so uneven that a heavy node's fair share is every
 * shard there may be none; then the first of its nodes leads the shard, beyond its bound.
 *
 * @param holders of each shard, in the order in which it prefers them; at least one.
 * @param bounds of each node.
 * @returns the leader of each shard.
 */
export function preferredLeaders(
  holders: readonly (readonly number[])[],
  bounds: readonly number[],
): readonly number[] {
  const leaders: number[] = [];
  const led = bounds.map(() => 0);
  const hasRoom = (node: number): boolean => (led[node] ?? 0) < (bounds[node] ?? 0);
  holders.forEach((candidates, shard) => {
    const handovers = new Map<number, Handover | null>(candidates.map((node) => [node, null]));
    const end = nearestWithRoom(handovers, hasRoom, holders, leaders) ?? candidates[0];
    invariant(end !== undefined, 'preferredLeaders: a shard has a holder', { shard });
    led[end] = (led[end] ?? 0) + 1;
    let node = end;
    for (let handover = handovers.get(node); handover; handover = handovers.get(node)) {
      leaders[handover.shard] = node;
      node = handover.from;
    }
    leaders[shard] = node;
  });
  return leaders;
}

/**
 * Breadth first, from the nodes in `reached` over those to which they could give a shard that they lead.
 *
 * @param reached how each node was reached; null for those at which it begins. It adds what it reaches.
 */
function nearestWithRoom(
  reached: Map<number, Handover | null>,
  hasRoom: (node: number) => boolean,
  holders: readonly (readonly number[])[],
  leaders: readonly number[],
): number | undefined {
  // A map's iteration meets what is added on the way, in the order in which it was added.
  for (const node of reached.keys()) {
    if (hasRoom(node)) return node;
    leaders.forEach((leader, shard) => {
      if (leader !== node) return;
      for (const other of holders[shard] ?? []) {
        if (!reached.has(other)) reached.set(other, { shard, from: node });
      }
    });
  }
  return undefined;
}
