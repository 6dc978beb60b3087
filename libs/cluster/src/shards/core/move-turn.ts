/** A shard as the leader of another one of its family sees it. */
export interface ShardSeen {
  readonly shard: number;
  readonly hasLeader: boolean;
  /** Its replicas are not those that they should be. */
  readonly away: boolean;
  /** Replicas are to come, and none of them can: their nodes are dead, or have learned for too long. */
  readonly stuck: boolean;
}

/**
 * Whether a shard may begin to move: shards move one after the other, in their order, so that what they send
 * each other leaves the disks and the network to those who are served. One that nobody leads, or that waits for
 * a dead node or one that does not catch up, holds up nobody.
 *
 * Leaders see each other by hints that may be late, so that two may move at once for a while; that costs time
 * and breaks nothing.
 */
export function mayBeginMove(shard: number, family: Iterable<ShardSeen>): boolean {
  for (const other of family) {
    if (other.shard < shard && other.hasLeader && other.away && !other.stuck) return false;
  }
  return true;
}
