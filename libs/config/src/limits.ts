/** Bytes of a node id: it is part of every frame between nodes and a folder name. */
export const NODE_ID_LENGTH_MAX = 64;
/** Nodes in `PEERS`: every node keeps connections to all others. */
export const PEERS_COUNT_MAX = 64;
/** Shards of one family: each is a Raft group with timers and indexes of its own. */
export const SHARDS_MAX = 4096;
/** Replicas of a shard: seven outlive three lost nodes, more only make writes slower. */
export const REPLICATION_FACTOR_MAX = 7;
/** Characters of `PEER_SECRET`, below which it can be guessed. */
export const PEER_SECRET_LENGTH_MIN = 16;
/** Milliseconds between heartbeats: under 10 a busy event loop alone would cause elections. */
export const HEARTBEAT_MS_MIN = 10;
/** Milliseconds between heartbeats: over 1,000 a failover takes longer than clients wait. */
export const HEARTBEAT_MS_MAX = 1_000;
/** Milliseconds that a stopping node waits for requests in flight. */
export const DRAIN_TIMEOUT_MS_MAX = 300_000;
/** Milliseconds after which a dead voter may be replaced: under 10 s a restart alone would move its vote. */
export const REPLACE_AFTER_MS_MIN = 10_000;
export const REPLACE_AFTER_MS_MAX = 86_400_000;
/** Requests per second and client: above it the limit would never be met by one node. */
export const RATE_LIMIT_PER_SECOND_MAX = 1_000_000;
/** Origins in `CORS_ORIGINS`: the list is searched on every request of a browser. */
export const CORS_ORIGINS_MAX = 64;
