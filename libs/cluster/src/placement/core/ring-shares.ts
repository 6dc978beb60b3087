import type { ShardPlacement } from './place-shards.js';

/** How much of a family's keys a node is to serve. */
export interface RingShare {
  readonly nodeId: string;
  /** 0 to 1. */
  readonly share: number;
}

/**
 * The share of the key space whose preferred leader each node is: keys are spread evenly over the shards, and a
 * shard's leader serves all its requests.
 *
 * @returns in the order of the node ids, of all nodes that hold a shard; together 1.
 */
export function ringShares(placement: readonly ShardPlacement[]): readonly RingShare[] {
  const led = new Map<string, number>();
  for (const { nodeIds } of placement) {
    nodeIds.forEach((nodeId, index) => {
      led.set(nodeId, (led.get(nodeId) ?? 0) + (index === 0 ? 1 : 0));
    });
  }
  return [...led]
    .map(([nodeId, shards]) => ({ nodeId, share: shards / placement.length }))
    .toSorted((a, b) => (a.nodeId < b.nodeId ? -1 : 1));
}
