import { LOCK_MACHINE, readLockView, type LockCommand } from '@sinkron/locking';
import type { Requester } from '../invariants/locks/deadlocks.js';
import { partyOf } from '../checks/lock-picture.js';
import { expectPromise } from '../world/violation.js';

export { LOCK_MACHINE };

/** A lock command of a client, numbered for the checks; the machine ignores the number. */
export type NumberedCommand = LockCommand & { readonly operation: number };

/** Clients number their operations in the command; the leader's own commands have no number. */
export function operationOf(command: unknown): number | null {
  const operation = field(command, 'operation');
  return typeof operation === 'number' ? operation : null;
}

export function commandKind(command: unknown): string {
  const kind = field(command, 'kind');
  return typeof kind === 'string' ? kind : '';
}

/** Who asks for what, of an acquire. */
export function readRequester(command: unknown): Requester {
  const owner = field(command, 'owner');
  const sessionId = field(command, 'sessionId');
  const locks = field(command, 'locks');
  expectPromise(typeof owner === 'string' && Array.isArray(locks), 'an acquire has an owner', {
    command,
  });
  const session = typeof sessionId === 'string' ? sessionId : null;
  return { party: partyOf({ sessionId: session, owner }), owner, locks: locks.map(readWanted) };
}

/** @returns the status; every answer of the lock machine has one. */
export function statusOf(result: unknown): string {
  const status = field(result, 'status');
  expectPromise(typeof status === 'string', 'the lock machine answers with a status', { result });
  expectPromise(status !== 'malformed', 'the lock machine understands its clients', { result });
  return status;
}

/** Tokens of the holders and owners in the queue, in order; nothing for a free lock. */
export function readLockState(answer: unknown): string {
  const view = readLockView(answer);
  if (view === null) return ';';
  const tokens = view.holders.map(({ token }) => token).sort((left, right) => left - right);
  return `${tokens.join()};${view.queue.map(({ owner }) => owner).join()}`;
}

function readWanted(value: unknown): { name: string; mode: 'exclusive' | 'shared' } {
  const name = field(value, 'name');
  const mode = field(value, 'mode') === 'shared' ? 'shared' : 'exclusive';
  expectPromise(typeof name === 'string', 'a lock has a name', { value });
  return { name, mode };
}

function field(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.entries(value).find(([key]) => key === name)?.[1];
}
