/** The family of shards that topics live in. */
export const QUEUES_FAMILY = 'queues';
