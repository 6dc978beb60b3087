import { invariant } from '@sinkron/invariant';
import { stableHash64 } from './hash/stable-hash.js';
import { SHARDS_MAX } from './limits.js';

/**
 * The shard of a key: its stable hash modulo the number of shards, which is fixed for a cluster's life.
 *
 * @param name the key: what has the same name is in the same shard.
 * @param shards 1 to 4096.
 * @returns 0 to `shards` - 1, each for as many hashes as any other, but for one in 2^52.
 */
export function shardOf(name: string, shards: number): number {
  invariant(Number.isSafeInteger(shards) && shards > 0, 'shardOf: shards > 0', { shards });
  invariant(shards <= SHARDS_MAX, 'shardOf: shards <= SHARDS_MAX', { shards });
  const { high, low } = stableHash64(name);
  // The remainder times 2^32 is below 2^44: a double holds it exactly.
  return ((high % shards) * 2 ** 32 + low) % shards;
}
