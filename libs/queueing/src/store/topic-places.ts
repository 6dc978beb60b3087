/** Which shard a topic is in, and who leads that. */
export interface TopicPlaces {
  /** The number of a topic's shard. */
  shardOf(topic: string): number;
  /** The node that owns the topic at present; null while this node knows none. */
  ownerOf(topic: string): string | null;
}
