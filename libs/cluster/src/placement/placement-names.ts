const DEAD_LETTERS_SUFFIX = '.dead';

/**
 * What a topic is placed by: its name without one trailing `.dead`, so that a topic and its dead letters are in
 * the same shard and a message moves from one to the other in one log entry.
 */
export function topicPlacementName(topic: string): string {
  const isOfAnother = topic.endsWith(DEAD_LETTERS_SUFFIX) && topic !== DEAD_LETTERS_SUFFIX;
  return isOfAnother ? topic.slice(0, -DEAD_LETTERS_SUFFIX.length) : topic;
}

/** What a key of a cache is placed by. Names have no control characters, so no two pairs make the same. */
export function cacheKeyPlacementName(cache: string, key: string): string {
  return `${cache}\u0000${key}`;
}
