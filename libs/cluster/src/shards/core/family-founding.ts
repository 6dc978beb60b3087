import { placeShards } from '../../placement/core/place-shards.js';
import type { Holder, ShardFamily } from './shard-family.js';

/** What a cluster fixes for all its families. */
export interface ShardSettings {
  readonly shards: number;
  readonly replicationFactor: number;
}

/** The record with which a family begins on these holders; null when there is none. */
export function familyFounding(
  family: { readonly name: string; readonly role: string },
  founders: readonly Holder[],
  settings: ShardSettings,
): ShardFamily | null {
  if (founders.length === 0) return null;
  const { name, role } = family;
  const placement = placeShards({
    nodes: founders.map(({ nodeId }) => ({ nodeId, weight: 1 })),
    family: name,
    ...settings,
  });
  const places = new Map(founders.map(({ nodeId }, place) => [nodeId, place]));
  const shards = placement.map(({ nodeIds }) =>
    nodeIds.flatMap((nodeId) => places.get(nodeId) ?? []),
  );
  return { name, role, founders, shards };
}
