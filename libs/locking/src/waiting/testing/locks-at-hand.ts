import { connectionOf } from './client-connection.js';
import type { ClusterRouter } from '@sinkron/cluster';
import type { LockMode } from '../../core/commands/holder.js';
import { LocksService } from '../../locks.service.js';
import { LocalRouter } from '../../testing/local-router.js';
import type { Call } from '../acquire-request.js';

/** How long acquires wait, unless a test says something else. */
export const WAIT_MS = 10_000;

export interface AcquireOptions {
  readonly mode?: LockMode;
  readonly names?: readonly string[];
  readonly sessionId?: string;
  readonly waitMs?: number;
  readonly idempotency?: Call['idempotency'];
  readonly client?: AbortController;
}

/** Lets time pass, and everything happen that takes no longer; needs Jest's timers. */
export const pass = (ms = 0) => jest.advanceTimersByTimeAsync(ms);

/** The service of a node in front of a cluster in memory. */
export function setUp() {
  const router = new LocalRouter();
  const service = new LocksService(router as unknown as ClusterRouter);
  service.onModuleInit();
  const deadlineMs = performance.now() + 5_000;
  const acquire = async (owner: string, options: AcquireOptions = {}) => {
    const { mode = 'exclusive', names = ['a'], sessionId = null, waitMs = WAIT_MS } = options;
    const { client = new AbortController() } = options;
    const locks = names.map((name) => ({ name, mode }));
    return service.acquire(
      { sessionId, owner, locks, ttlMs: 30_000, lockDelayMs: 0, metadata: null, waitMs },
      { deadlineMs, idempotency: options.idempotency, client: connectionOf(client) },
    );
  };
  const release = (owner: string, token: number, name = 'a') =>
    service.release({ owner, locks: [{ name, token }] }, { deadlineMs });
  const look = (name = 'a') => service.get(name, { deadlineMs, consistency: 'linearizable' });
  return { router, service, deadlineMs, acquire, release, look };
}

/** The lock `a` is held by `one` with token 1. */
export async function held() {
  const cluster = setUp();
  await cluster.acquire('one', { waitMs: 0 });
  cluster.router.asked.length = 0;
  return cluster;
}

/** The answer of a grant of `a` with this token. */
export const grantOf = (token: number) => ({
  result: { status: 'granted', locks: [{ name: 'a', token }] },
  replayed: false,
});
