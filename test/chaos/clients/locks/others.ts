import { setTimeout as sleep } from 'node:timers/promises';
import { HOLD_TTL_MS, KEPT_TTL_MS, REFUSED_PAUSE_MS } from '../../limits.js';
import { grantsIn } from '../calls/answers.js';
import {
  acquire,
  acquireAll,
  breakLock,
  getLock,
  listLocks,
  releaseAll,
  waitForGraph,
} from './lock-requests.js';
import { contended, type Worker } from './worker.js';

/** Name of the locks that are taken once and held to the end of the run. */
export const KEPT_PREFIX = 'kept-';

/** Takes several locks at once, and gives them back or forgets them. */
export async function takeSeveral(worker: Worker): Promise<void> {
  const { caller, random } = worker;
  for (let turn = 1; !worker.stopping(); turn += 1) {
    const owner = `${caller.client}-${turn}`;
    const wanted = contended(worker, 'mutex', random.integer(2, 4)).map(
      (name) => ({ name, mode: random.permille(300) ? 'shared' : 'exclusive' }) as const,
    );
    const lease = { ttlMs: HOLD_TTL_MS, waitMs: random.pick([0, 500, 2_000]) };
    const call = await caller.either(acquireAll({ owner }, wanted, lease));
    const held = grantsIn(call).map(({ name, token }) => ({ name, token }));
    await sleep(held.length === 0 ? REFUSED_PAUSE_MS : random.integer(0, 100));
    if (held.length > 0 && !random.permille(100)) {
      await caller.either(releaseAll({ owner }, held));
    }
  }
}

/** Looks at locks, alone and in lists, and at who waits for whom. */
export async function look(worker: Worker): Promise<void> {
  const { caller, random } = worker;
  while (!worker.stopping()) {
    const [name = ''] = contended(worker, random.permille(800) ? 'mutex' : 'broken', 1);
    const stale = random.permille(300) ? '&consistency=stale' : '';
    const requests = [getLock(name), getLock(name), listLocks(`limit=50${stale}`), waitForGraph()];
    await caller.once(random.pick(requests));
    await sleep(random.integer(5, 60));
  }
}

/** Takes new locks all the time and never gives them back. */
export async function keep(worker: Worker): Promise<void> {
  const { caller, random } = worker;
  for (let turn = 1; !worker.stopping(); turn += 1) {
    const owner = `${caller.client}-${turn}`;
    const wanted = { name: `${KEPT_PREFIX}${owner}`, mode: 'exclusive' } as const;
    await caller.either(acquire({ owner }, wanted, { ttlMs: KEPT_TTL_MS, waitMs: 0 }));
    await sleep(random.integer(100, 400));
  }
}

/** Breaks locks as an operator would. */
export async function breakLocks(worker: Worker): Promise<void> {
  const { caller, random } = worker;
  while (!worker.stopping()) {
    const [name = ''] = contended(worker, 'broken', 1);
    await caller.either(breakLock(name));
    await sleep(random.integer(100, 600));
  }
}
