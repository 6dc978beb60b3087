import type { NumberedMessage } from '../core/topics/outbox/leaving-message.js';

/** The next messages that left one shard for another. */
export interface OutboxLoad {
  /** Numbers of the shards. */
  readonly from: number;
  readonly to: number;
  /** At least one. */
  readonly messages: readonly NumberedMessage[];
}

/** Brings loads to other shards, on the node that leads the one that they leave. */
export interface OutboxCourier {
  /**
   * Has the other shard take the load, and then this one remove it. It may be brought twice.
   *
   * @returns when that is done, or when it is worth to try again; never fails.
   */
  carry(load: OutboxLoad): Promise<void>;
}

/** What the machine of one shard needs to know of the others. */
export interface OtherShards {
  /** The number of the shard that a topic belongs to: always the same, on every replica. */
  shardOf(topic: string): number;
  readonly courier: OutboxCourier;
}
