import type { LoadTarget } from '../load/lock-client.js';
import type { ServerProcess } from '../processes/server-process.js';

/** A running lock service that the bench started for itself. */
export interface SystemUnderTest {
  readonly target: LoadTarget;
  readonly servers: readonly ServerProcess[];
  /** Waits until every server serves. */
  untilReady(): Promise<void>;
  /** The server that leads; null where none does. */
  leader(): Promise<ServerProcess | null>;
  /** Kills it and removes its data. */
  close(): Promise<void>;
}

/** How one system is started, again and again. */
export interface SystemPlan {
  /** As in JSON: `sinkron-3`, `etcd-3`, `redis-1`. */
  readonly id: string;
  /** As in tables. */
  readonly label: string;
  readonly kind: SystemKind;
  start(): Promise<SystemUnderTest>;
}

export type SystemKind = 'sinkron' | 'etcd' | 'redis' | 'nats';
