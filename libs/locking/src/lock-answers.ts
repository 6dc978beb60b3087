import { MalformedValue } from '@sinkron/fields';
import type { WantedLock } from './core/commands/holder.js';
import type { Grant, Obstacle, Released } from './core/commands/lock-result.js';
import type { HolderView, LockView, WaitForGraph } from './core/commands/lock-view.js';
import type {
  AcquiredLock,
  LockDetail,
  LockHolder,
  ReleasedLock,
  WaitForGraphAnswer,
} from './dto/lock-answers.js';

/** The answer of a grant or a renewal. */
export function acquiredLock(owner: string, grant: Grant, waitedMs = 0): AcquiredLock {
  const { name, mode, token, holds, ttlMs, expiresAtMs } = grant;
  return { name, owner, mode, token, holds, ttlMs, expiresAt: iso(expiresAtMs), waitedMs };
}

/** The answer of a grant of a single lock. */
export function onlyLock<Item>(locks: readonly Item[]): Item {
  const [lock, ...others] = locks;
  if (lock === undefined || others.length > 0) throw new MalformedValue('locks', 'one lock');
  return lock;
}

export function releasedLock({ name, holds }: Released['locks'][number]): ReleasedLock {
  return { name, released: holds === 0, holds };
}

/** @param nowMs Unix time, against which waits are counted. */
export function lockDetail(view: LockView, nowMs: number): LockDetail {
  const { name, mode, holders, holderCount, delayed, queue, queueLength } = view;
  return {
    name,
    mode,
    holders: holders.map(lockHolder),
    ...(holderCount > holders.length ? { holderCount } : {}),
    ...(delayed ? { delayed } : {}),
    queue: queue.map(({ owner, mode: wanted, sinceMs }) => ({
      owner,
      mode: wanted,
      // The clock of the cluster is not exactly this node's.
      waitingMs: Math.max(0, nowMs - sinceMs),
    })),
    ...(queueLength > queue.length ? { queueLength } : {}),
  };
}

export function waitForGraph({ nodes, edges, truncated }: WaitForGraph): WaitForGraphAnswer {
  return truncated ? { nodes, edges, truncated } : { nodes, edges };
}

/** A holder in `LOCK_HELD`; the end of its lease is the leader's memory, which a refusal lacks. */
export function obstacleAnswer(obstacle: Obstacle): Omit<LockHolder, 'expiresAt' | 'metadata'> {
  const { owner, token, holds, sessionId } = obstacle;
  return { owner, token, holds, sessionId };
}

/** Locks as texts name them. */
export function lockNames(locks: readonly Pick<WantedLock, 'name'>[]): string {
  const shown = locks.slice(0, NAMES_SHOWN).map(({ name }) => name);
  const more = locks.length > NAMES_SHOWN ? ` and ${locks.length - NAMES_SHOWN} more` : '';
  return `${locks.length === 1 ? 'the lock' : 'the locks'} ${shown.join(', ')}${more}`;
}

/** Names in one sentence of a refusal; members have them all. */
export const NAMES_SHOWN = 3;

/** ISO 8601 of milliseconds of Unix time. */
export function iso(unixMs: number): string {
  return new Date(unixMs).toISOString();
}

function lockHolder(holder: HolderView): LockHolder {
  const { owner, token, holds, expiresAtMs, sessionId, metadata } = holder;
  const answer = { owner, token, holds, expiresAt: iso(expiresAtMs), sessionId };
  return metadata === null ? answer : { ...answer, metadata: parsedMetadata(metadata) };
}

function parsedMetadata(text: string): object {
  const metadata: unknown = JSON.parse(text);
  if (typeof metadata !== 'object' || metadata === null) {
    throw new MalformedValue('metadata', 'an object');
  }
  return metadata;
}
