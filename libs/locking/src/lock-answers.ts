import type { HolderView, LockView } from './core/commands/lock-query.js';
import type { Hold, Obstacle } from './core/commands/lock-result.js';
import { MalformedValue } from './core/fields.js';
import type { AcquiredLock, LockDetail, LockHolder } from './dto/lock-answers.js';

/** The answer of a grant or a renewal. */
export function acquiredLock(name: string, owner: string, hold: Hold): AcquiredLock {
  const { mode, token, holds, ttlMs, expiresAtMs } = hold;
  return { name, owner, mode, token, holds, ttlMs, expiresAt: iso(expiresAtMs), waitedMs: 0 };
}

export function lockDetail(view: LockView): LockDetail {
  return { name: view.name, mode: view.mode, holders: view.holders.map(lockHolder), queue: [] };
}

/** A holder in `LOCK_HELD`; the end of its lease is the leader's memory, which a refusal lacks. */
export function obstacleAnswer(obstacle: Obstacle): Omit<LockHolder, 'expiresAt' | 'metadata'> {
  const { owner, token, holds, sessionId } = obstacle;
  return { owner, token, holds, sessionId };
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

function iso(unixMs: number): string {
  return new Date(unixMs).toISOString();
}
