// Redis through `ioredis`: SET NX PX, and compare-and-delete in Lua, on one node. Nothing is
// replicated and nothing flushed before an answer: the upper mark, not an equal.
//
// There is no queue: who waits tries again, as node-redlock does by default.
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';

const TTL_MS = 30_000;
/** node-redlock's retryDelay and retryJitter. */
const RETRY_DELAY_MS = 200;
const RETRY_JITTER_MS = 100;

const RELEASE = `if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end
return 0`;
const RENEW = `if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('pexpire', KEYS[1], ARGV[2]) end
return 0`;

/**
 * @param {{ endpoints: string[], clients: number }} options
 * @returns clients with a connection of their own each.
 */
export async function connect({ endpoints, clients }) {
  const [host, port] = endpoints[0].split(':');
  return await Promise.all(
    Array.from({ length: clients }, async () => {
      const redis = new Redis({ host, port: Number(port), lazyConnect: true });
      redis.defineCommand('releaseLock', { numberOfKeys: 1, lua: RELEASE });
      redis.defineCommand('renewLock', { numberOfKeys: 1, lua: RENEW });
      await redis.connect();
      return new LockClient(redis);
    }),
  );
}

class LockClient {
  constructor(redis) {
    this.redis = redis;
  }

  async acquire({ name, owner, waitMs }) {
    const deadline = performance.now() + waitMs;
    const value = randomBytes(16).toString('hex');
    while ((await this.redis.set(name, value, 'PX', TTL_MS, 'NX')) !== 'OK') {
      if (performance.now() >= deadline) throw new Error(`${name} is held`);
      await sleep(RETRY_DELAY_MS + (Math.random() * 2 - 1) * RETRY_JITTER_MS);
    }
    return { name, owner, token: 0, handle: value };
  }

  async release({ name, handle }) {
    if ((await this.redis.releaseLock(name, handle)) !== 1) throw new Error(`${name} was lost`);
  }

  async renew({ name, handle }) {
    const renewed = await this.redis.renewLock(name, handle, TTL_MS);
    if (renewed !== 1) throw new Error(`${name} was lost`);
  }

  async close() {
    await this.redis.quit();
  }
}
