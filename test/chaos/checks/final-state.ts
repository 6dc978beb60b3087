import { setTimeout as sleep } from 'node:timers/promises';
import { field } from '../clients/calls/answers.js';
import type { ApiRequest } from '../clients/calls/call.js';
import { acquire, listLocks, release } from '../clients/locks/lock-requests.js';
import type { ChaosNode } from '../cluster/chaos-node.js';
import {
  AGREEMENT_DEADLINE_MS,
  HOLD_TTL_MS,
  QUIET_DEADLINE_MS,
  RECOVERY_DEADLINE_MS,
} from '../limits.js';
import { found, type Finding } from './check.js';
import type { ListedLock } from './cluster-checks.js';

const PAGE = 1_000;
const POLL_MS = 200;
const PROMISE_SERVES = 'after the faults every node serves again';
const PROMISE_AGREES = 'all replicas have the same locks in the end';

/** Waits until every node is ready and grants a lock, within a generous bound. */
export async function checkServes(
  nodes: readonly ChaosNode[],
  now: () => number,
): Promise<Finding> {
  const startedAt = now();
  const violations: string[] = [];
  const tookMs: number[] = [];
  await Promise.all(
    nodes.map(async (node) => {
      const served = await within(RECOVERY_DEADLINE_MS, async () => await serves(node));
      tookMs.push(now() - startedAt);
      if (!served) violations.push(`${node.nodeId} does not within ${RECOVERY_DEADLINE_MS} ms`);
    }),
  );
  const seen = `the last one after ${(Math.max(0, ...tookMs) / 1_000).toFixed(1)} s`;
  return found(PROMISE_SERVES, seen, violations);
}

async function serves(node: ChaosNode): Promise<boolean> {
  const ready = await node.look('/health/ready');
  if (ready?.status !== 200) return false;
  const holder = { owner: `probe-of-${node.nodeId}` };
  const wanted = { name: `probe-${node.nodeId}`, mode: 'exclusive' } as const;
  const answer = await sent(node, acquire(holder, wanted, { ttlMs: HOLD_TTL_MS, waitMs: 0 }));
  if (answer === undefined) return false;
  const token = Number(field(answer, 'token'));
  return (await sent(node, release(holder, { name: wanted.name, token }))) !== undefined;
}

/** Waits until the replicas of all nodes list the same locks; their clients have to be quiet. */
export async function checkAgreement(nodes: readonly ChaosNode[]): Promise<Finding> {
  let lists: readonly (readonly ListedLock[] | undefined)[] = [];
  const agreed = await within(AGREEMENT_DEADLINE_MS, async () => {
    lists = await Promise.all(nodes.map(async (node) => await readAll(node, 'stale')));
    return new Set(lists.map((list) => JSON.stringify(list))).size === 1 && lists[0] !== undefined;
  });
  const counts = lists.map((list, place) => `${nodes[place]?.nodeId}: ${list?.length ?? 'none'}`);
  if (agreed) return found(PROMISE_AGREES, `${counts.join(', ')} locks`, []);
  const differences = lists.slice(1).flatMap((list, place) => {
    const difference = firstDifference(lists[0], list);
    return difference === null
      ? []
      : [`${nodes[0]?.nodeId} and ${nodes[place + 1]?.nodeId}: ${difference}`];
  });
  return found(PROMISE_AGREES, counts.join(', '), differences);
}

/** All locks as a node lists them; undefined when it does not. */
export async function readAll(
  node: ChaosNode,
  consistency: 'linearizable' | 'stale',
): Promise<readonly ListedLock[] | undefined> {
  const locks: ListedLock[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const at = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const body = await sent(node, listLocks(`limit=${PAGE}&consistency=${consistency}${at}`));
    const page = field(body, 'locks');
    if (!Array.isArray(page)) return undefined;
    locks.push(...page.map(listed));
    const next = field(body, 'nextCursor');
    cursor = typeof next === 'string' ? next : null;
  }
  return locks;
}

async function sent(node: ChaosNode, request: ApiRequest): Promise<unknown> {
  const result = await node.exchange.send(request, null);
  return result.kind === 'answered' && result.status === 200 ? result.body : undefined;
}

function listed(value: unknown): ListedLock {
  const holders = field(value, 'holders');
  const queue = field(value, 'queue');
  return {
    name: String(field(value, 'name')),
    holders: (Array.isArray(holders) ? holders : []).map((holder: unknown) => ({
      owner: String(field(holder, 'owner')),
      token: Number(field(holder, 'token')),
    })),
    queue: (Array.isArray(queue) ? queue : []).map((waiter: unknown) =>
      String(field(waiter, 'owner')),
    ),
  };
}

function firstDifference(
  left: readonly ListedLock[] = [],
  right: readonly ListedLock[] = [],
): string | null {
  for (let place = 0; place < Math.max(left.length, right.length); place += 1) {
    const [one, other] = [JSON.stringify(left[place]), JSON.stringify(right[place])];
    if (one !== other) return `${one ?? 'nothing'} is not ${other ?? 'nothing'}`;
  }
  return null;
}

async function within(deadlineMs: number, look: () => Promise<boolean>): Promise<boolean> {
  const deadline = performance.now() + deadlineMs;
  for (;;) {
    if (await look()) return true;
    if (performance.now() >= deadline) return false;
    await sleep(POLL_MS);
  }
}

/** All locks, once nobody waits for any, or when that takes too long. */
export async function untilQuiet(nodes: readonly ChaosNode[]): Promise<readonly ListedLock[]> {
  let listed: readonly ListedLock[] = [];
  await within(QUIET_DEADLINE_MS, async () => {
    for (const node of nodes) {
      const read = await readAll(node, 'linearizable');
      if (read === undefined) continue;
      listed = read;
      return read.every(({ queue }) => queue.length === 0);
    }
    return false;
  });
  return listed;
}
