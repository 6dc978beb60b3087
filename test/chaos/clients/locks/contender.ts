import { setTimeout as sleep } from 'node:timers/promises';
import { HOLD_TTL_MS, REFUSED_PAUSE_MS } from '../../limits.js';
import { grantsIn, succeeded } from '../calls/answers.js';
import type { Call } from '../calls/call.js';
import { acquire, getLock, release, renew, type Holder, type Mode } from './lock-requests.js';
import { contended, type Pool, type Worker } from './worker.js';

/** A lock in a worker's hands. */
interface Hold {
  readonly name: string;
  readonly holder: Holder;
  readonly mode: Mode;
  token: number;
  /** When the lease ends by the worker's clock. */
  until: number;
  /** Releases that it takes. */
  holds: number;
}

const WAITS_MS = [0, 0, 400, 1_500, 3_000];

/** Takes one lock after the other, works under it, and gives it back or forgets it. */
export async function contend(worker: Worker, pool: Pool): Promise<void> {
  for (let turn = 1; !worker.stopping(); turn += 1) {
    const owner = `${worker.caller.client}-${turn}`;
    const [name = ''] = contended(worker, pool, 1);
    const mode = worker.random.permille(300) ? 'shared' : 'exclusive';
    const hold = await take(worker, { owner }, name, mode, worker.random.pick(WAITS_MS));
    if (hold === null) continue;
    await use(worker, pool, hold);
    // Some clients crash: their lease has to end by itself.
    if (!worker.random.permille(80)) await giveBack(worker, hold);
  }
}

async function take(
  worker: Worker,
  holder: Holder,
  name: string,
  mode: Mode,
  waitMs: number,
): Promise<Hold | null> {
  const request = acquire(holder, { name, mode }, { ttlMs: HOLD_TTL_MS, waitMs });
  let call = await worker.caller.either(request);
  if (call.outcome.kind === 'unknown' && call.idempotencyKey === null) {
    // Under the same owner a second grant is the first one again, held twice.
    if (worker.random.permille(500)) call = await worker.caller.either(request);
  }
  const [grant] = grantsIn(call);
  if (grant === undefined) {
    await sleep(REFUSED_PAUSE_MS);
    return null;
  }
  const { token, holds } = grant;
  const hold: Hold = { name, holder, mode, token, holds, until: untilOf(call) };
  // It may have waited for longer than its lease, which the client counts from when it asked.
  if (waitMs > 0) await prolong(worker, hold);
  return hold;
}

async function use(worker: Worker, pool: Pool, hold: Hold): Promise<void> {
  const { random, caller } = worker;
  if (pool === 'mutex') await workUnder(worker, hold);
  if (random.permille(150)) await again(worker, hold, hold.mode);
  if (random.permille(150) && hold.mode === 'shared') await again(worker, hold, 'exclusive');
  if (random.permille(200)) await caller.once(getLock(hold.name));
  if (random.permille(100)) await takeAnother(worker, pool, hold);
  if (random.permille(300)) await prolong(worker, hold);
  if (pool === 'mutex') await workUnder(worker, hold);
}

async function workUnder(worker: Worker, hold: Hold): Promise<void> {
  const { random, storage } = worker;
  if (hold.mode === 'shared' || worker.now() >= hold.until) return;
  const writer = { owner: hold.holder.owner, token: hold.token, until: hold.until };
  const seen = storage.read(hold.name, writer);
  await sleep(random.integer(0, 60));
  if (seen !== null && worker.now() < hold.until) storage.write(hold.name, writer, seen);
}

/** The same owner once more: re-entrant, or an upgrade. */
async function again(worker: Worker, hold: Hold, mode: Mode): Promise<void> {
  const wanted = { name: hold.name, mode };
  const lease = { ttlMs: HOLD_TTL_MS, waitMs: mode === hold.mode ? 0 : 400 };
  const call = await worker.caller.once(acquire(hold.holder, wanted, lease));
  const [grant] = grantsIn(call);
  if (grant === undefined) return;
  hold.token = grant.token;
  hold.holds = grant.holds;
  hold.until = Math.max(hold.until, untilOf(call));
}

/** Waits for a second lock while it holds the first: now and then a deadlock. */
async function takeAnother(worker: Worker, pool: Pool, hold: Hold): Promise<void> {
  const [name = ''] = contended(worker, pool, 1);
  if (name === hold.name) return;
  const second = await take(worker, hold.holder, name, 'exclusive', 1_000);
  if (second !== null) await giveBack(worker, second);
}

async function prolong(worker: Worker, hold: Hold): Promise<void> {
  const call = await worker.caller.either(renew(hold.holder, hold));
  if (succeeded(call)) hold.until = Math.max(hold.until, untilOf(call));
}

async function giveBack(worker: Worker, hold: Hold): Promise<void> {
  for (let left = hold.holds; left > 0; left -= 1) {
    const call = await worker.caller.either(release(hold.holder, hold));
    if (!succeeded(call)) return;
  }
}

/** A lease counts from before its request was sent. */
function untilOf(call: Call): number {
  return call.invokedAt + HOLD_TTL_MS;
}
