import type { ReplicatedMachine } from '@sinkron/consensus';
import { LOCK_MACHINE, LockMachine } from '@sinkron/locking';
import { expectPromise } from '../world/violation.js';

export { LOCK_MACHINE, LockMachine };

export type LockEffect = LockMachine extends ReplicatedMachine<infer Effect> ? Effect : never;

/** A lock command of a client, numbered for the checks; the machine ignores the number. */
export interface LockCommandBody {
  readonly kind: 'acquire' | 'release' | 'renew';
  readonly operation: number;
  readonly name: string;
  readonly sessionId: null;
  readonly owner: string;
  readonly mode?: 'exclusive';
  readonly metadata?: null;
  readonly token?: number;
  readonly ttlMs?: number | null;
}

/** An answer of the lock machine as far as a client of the simulation looks at it. */
export interface LockAnswer {
  readonly status: string;
  readonly token: number;
  readonly holds: number;
  readonly ttlMs: number;
}

/** Fields that an answer lacks are 0. */
export function readLockAnswer(result: unknown): LockAnswer {
  const status = field(result, 'status');
  expectPromise(typeof status === 'string', 'the lock machine answers with a status', { result });
  expectPromise(status !== 'malformed', 'the lock machine understands its clients', { result });
  const natural = (name: string): number => {
    const value = field(result, name);
    return typeof value === 'number' ? value : 0;
  };
  return { status, token: natural('token'), holds: natural('holds'), ttlMs: natural('ttlMs') };
}

/** The token of a lock's holder in the answer of a `get`; null when the lock is free. */
export function readHolderToken(view: unknown): number | null {
  if (view === null) return null;
  const holders = field(view, 'holders');
  const token = Array.isArray(holders) ? field(holders[0], 'token') : undefined;
  expectPromise(typeof token === 'number', 'a held lock has a holder with a token', { view });
  return token;
}

function field(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.entries(value).find(([key]) => key === name)?.[1];
}
