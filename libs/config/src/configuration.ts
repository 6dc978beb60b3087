import type { NodeId } from './node-id.js';
import type { Role } from './role.js';

/** Where a node listens for its peers. */
export interface PeerAddress {
  readonly nodeId: NodeId;
  readonly host: string;
  readonly port: number;
}

/** Where queues or caches keep their state. */
export type Store = 'replicated' | 'redis';
export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';
export type LogFormat = 'json' | 'pretty';

/** What the environment says, validated; frozen for the life of the node. */
export interface SinkronConfiguration {
  readonly nodeId: NodeId;
  /** All nodes of the first formation, this one included, sorted by node id. */
  readonly peers: readonly PeerAddress[];
  readonly httpHost: string;
  readonly httpPort: number;
  /** The base URL told to others, without a slash at its end. */
  readonly httpUrl: string;
  readonly peerHost: string;
  readonly peerPort: number;
  readonly peerSecret: string | undefined;
  /** Absolute path; existence and write permission are checked where it is opened. */
  readonly dataDir: string;
  /** In the order of `ROLES`, at least one, no duplicates. */
  readonly roles: readonly Role[];
  /** Shards of each family, fixed when the cluster is formed. */
  readonly shards: number;
  readonly replicationFactor: number;
  readonly queueStore: Store;
  readonly cacheStore: Store;
  /** Present whenever a store is `redis`. */
  readonly redisUrl: string | undefined;
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
  /** Whether routes that make this node misbehave are open. */
  readonly faultInjection: boolean;
  readonly heartbeatMs: number;
  /** How long a stopping node waits for requests in flight. */
  readonly drainTimeoutMs: number;
  /** How long a voter must be dead before a living spare takes its vote. */
  readonly replaceAfterMs: number;
  /** Web origins that may call this node from a browser; empty: CORS is off. */
  readonly corsOrigins: readonly string[];
  /** Requests per second and client address; undefined: no limit. */
  readonly rateLimitPerSecond: number | undefined;
}

/** DI token of the frozen `SinkronConfiguration`. */
export const CONFIGURATION: unique symbol = Symbol('CONFIGURATION');
