import { invariant } from '@sinkron/invariant';
import { HashRing, type RingNode } from './hash-ring.js';
import { leaderBounds, replicaBounds } from './bounds/load-bounds.js';
import { preferredLeaders } from './bounds/preferred-leaders.js';
import { ReplicaRooms } from './bounds/replica-rooms.js';

/** What decides where the shards of a family are. */
export interface PlacementInput {
  /** The nodes that may hold shards of the family, each once, in any order. */
  readonly nodes: readonly RingNode[];
  readonly shards: number;
  readonly replicationFactor: number;
  /** `queues` or `caches`: families are placed independently of each other. */
  readonly family: string;
}

export interface ShardPlacement {
  readonly shard: number;
  /** The nodes that should hold it, the preferred leader first; the others as they come on the ring. */
  readonly nodeIds: readonly string[];
}

/**
 * Where the shards of a family should be: a pure function, the same on all machines and in all versions, since
 * another result moves everybody's data.
 *
 * Each shard is on the first min(`replicationFactor`, nodes) nodes that come clockwise from its point and have
 * room. No node has more than 1.25 times its fair share of the replicas, nor of the preferred leaders, rounded
 * up (`load-bounds.ts`). Shards choose in the order of their numbers, replicas first: who leads is decided
 * among those that hold the shard, so that it moves no data.
 *
 * @returns one for each shard, in their order. Without nodes nobody holds them.
 */
export function placeShards(input: PlacementInput): readonly ShardPlacement[] {
  const { shards, replicationFactor, family } = input;
  invariant(Number.isSafeInteger(shards) && shards > 0, 'placeShards: shards > 0', { shards });
  invariant(replicationFactor > 0, 'placeShards: replicationFactor > 0', { replicationFactor });
  const ring = new HashRing(input.nodes);
  const copies = Math.min(replicationFactor, ring.nodes.length);
  const weights = ring.nodes.map(({ weight }) => weight);

  const rooms = new ReplicaRooms(replicaBounds(weights, shards, copies), shards, copies);
  const holders = Array.from({ length: shards }, (_, shard) =>
    rooms.take(ring.clockwiseFrom(`${family}-${shard}`)),
  );
  const leaders = copies === 0 ? [] : preferredLeaders(holders, leaderBounds(weights, shards));
  return holders.map((nodes, shard) => {
    const leader = leaders[shard];
    const ordered = nodes.toSorted((a, b) => Number(b === leader) - Number(a === leader));
    return { shard, nodeIds: ordered.map((node) => ring.nodes[node]?.nodeId ?? '') };
  });
}
