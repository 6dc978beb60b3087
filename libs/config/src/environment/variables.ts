/** Every environment variable that means something to Sinkron; all others are ignored. */
export const VARIABLES = [
  'NODE_ID',
  'PEERS',
  'HTTP_HOST',
  'HTTP_PORT',
  'HTTP_URL',
  'PEER_HOST',
  'PEER_PORT',
  'PEER_SECRET',
  'DATA_DIR',
  'ROLES',
  'SHARDS',
  'REPLICATION_FACTOR',
  'QUEUE_STORE',
  'CACHE_STORE',
  'REDIS_URL',
  'LOG_LEVEL',
  'LOG_FORMAT',
  'FAULT_INJECTION',
  'HEARTBEAT_MS',
  'DRAIN_TIMEOUT_MS',
  'REPLACE_AFTER_MS',
  'CORS_ORIGINS',
  'RATE_LIMIT_PER_SECOND',
] as const;

export type VariableName = (typeof VARIABLES)[number];

export type Environment = Readonly<Record<string, string | undefined>>;
