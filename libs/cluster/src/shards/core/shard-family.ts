/** A node and its disk: what a replica of a group is. */
export interface Holder {
  readonly nodeId: string;
  readonly diskId: string;
}

/**
 * Groups of one kind as the cluster has founded them, once and for ever: who their first replicas were.
 * Where the replicas are now, each group's own configuration says.
 *
 * Invariant: each shard names at least one founder, each of them once.
 */
export interface ShardFamily {
  /** Its groups are `{name}-0`, `{name}-1` and so on. */
  readonly name: string;
  /** Members with this role may hold its shards. */
  readonly role: string;
  readonly founders: readonly Holder[];
  /** The first replicas of each shard as places in `founders`, the preferred leader first. */
  readonly shards: readonly (readonly number[])[];
}

/** The id of a shard's group. */
export function shardGroup(family: string, shard: number): string {
  return `${family}-${shard}`;
}

/** The first replicas of a shard, the preferred leader first. */
export function foundersOf({ founders, shards }: ShardFamily, shard: number): readonly Holder[] {
  return (shards[shard] ?? []).flatMap((place) => founders[place] ?? []);
}

/** Whether the record can be founded from: what a peer of this version makes is. */
export function isFoundable({ founders, shards }: ShardFamily): boolean {
  return (
    shards.length > 0 &&
    shards.every((places) => {
      const known = places.every((place) => place < founders.length);
      return places.length > 0 && known && new Set(places).size === places.length;
    })
  );
}
