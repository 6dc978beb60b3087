import { placeShards } from '../../placement/core/place-shards.js';
import type { ShardSettings } from './family-founding.js';

/**
 * Whether the shards of a family could go on without one more node: of those that would hold each shard then, a
 * majority must live. Without anybody left they cannot be placed; whether that may be, the list decides.
 *
 * @param left the nodes that may hold shards, without the one that is to go.
 */
export function canPlaceOn(
  left: readonly string[],
  isAlive: (nodeId: string) => boolean,
  family: string,
  settings: ShardSettings,
): boolean {
  const nodes = left.map((nodeId) => ({ nodeId, weight: 1 }));
  return placeShards({ nodes, family, ...settings }).every(({ nodeIds }) => {
    return nodeIds.length === 0 || nodeIds.filter(isAlive).length * 2 > nodeIds.length;
  });
}
