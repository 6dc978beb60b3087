import type { Store } from '../configuration.js';
import type { EnvironmentReader } from './environment-reader.js';

const STORES: readonly Store[] = ['replicated', 'redis'];
const REDIS_URL_PATTERN = /^(redis|rediss|redis-sentinel|redis-cluster):\/\/[^/\s]+/;

/** Reads where queues and caches keep their state, and the Redis server for those that ask for it. */
export function readStores(reader: EnvironmentReader): {
  readonly queueStore: Store;
  readonly cacheStore: Store;
  readonly redisUrl: string | undefined;
} {
  const queueStore = reader.choice('QUEUE_STORE', STORES, 'replicated');
  const cacheStore = reader.choice('CACHE_STORE', STORES, 'replicated');
  const redisUrl = reader.text('REDIS_URL');
  if (redisUrl !== undefined && !REDIS_URL_PATTERN.test(redisUrl)) {
    reader.refuse('REDIS_URL', {
      // A URL that cannot be read may have its password anywhere: only its scheme is shown.
      got: `a URL that begins with ${JSON.stringify(/^[a-z-]{0,20}/i.exec(redisUrl)?.[0])}`,
      wants:
        'redis://host:port, rediss://host:port, redis-sentinel://host1,host2/name or redis-cluster://host1,host2',
      fix: 'set REDIS_URL=redis://127.0.0.1:6379 or remove it',
    });
  }
  const asking = queueStore === 'redis' ? 'QUEUE_STORE' : 'CACHE_STORE';
  if (redisUrl === undefined && (queueStore === 'redis' || cacheStore === 'redis')) {
    reader.refuse('REDIS_URL', {
      got: 'not set',
      wants: `the URL of a Redis server, because ${asking} is "redis"`,
      fix: `set REDIS_URL=redis://127.0.0.1:6379 or ${asking}=replicated`,
    });
  }
  return { queueStore, cacheStore, redisUrl };
}
