/** The family of shards that topics live in. */
export const QUEUES_FAMILY = 'queues';

/** The number of a shard of the family by the id of its group, `queues-3`. */
export function shardOfGroup(group: string): number {
  return Number(group.slice(QUEUES_FAMILY.length + 1));
}
