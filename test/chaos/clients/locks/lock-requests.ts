import type { LockRequest } from '../calls/call.js';

export type Mode = 'exclusive' | 'shared';

/** A session, or an owner without one, or an owner in a session. */
export interface Holder {
  readonly owner: string;
  readonly sessionId?: string;
}

export interface WantedLock {
  readonly name: string;
  readonly mode: Mode;
}

export interface HeldLock {
  readonly name: string;
  readonly token: number;
}

export function acquire(
  holder: Holder,
  { name, mode }: WantedLock,
  { ttlMs, waitMs }: { readonly ttlMs: number; readonly waitMs: number },
): LockRequest {
  const body = { ...holder, mode, ttlMs, waitMs };
  return {
    operation: 'acquireLock',
    ...post(`${lockPath(name)}/acquire`, body),
    waitMs,
    locks: [name],
  };
}

export function acquireAll(
  holder: Holder,
  locks: readonly WantedLock[],
  { ttlMs, waitMs }: { readonly ttlMs: number; readonly waitMs: number },
): LockRequest {
  const body = { ...holder, locks, ttlMs, waitMs };
  const names = locks.map(({ name }) => name);
  return {
    operation: 'acquireMultiLock',
    ...post('/v1/multi-locks/acquire', body),
    waitMs,
    locks: names,
  };
}

export function releaseAll(holder: Holder, locks: readonly HeldLock[]): LockRequest {
  const names = locks.map(({ name }) => name);
  const request = post('/v1/multi-locks/release', { owner: holder.owner, locks });
  return { operation: 'releaseMultiLock', ...request, waitMs: 0, locks: names };
}

export function release(holder: Holder, { name, token }: HeldLock): LockRequest {
  const request = post(`${lockPath(name)}/release`, { owner: holder.owner, token });
  return { operation: 'releaseLock', ...request, waitMs: 0, locks: [name] };
}

export function renew(holder: Holder, { name, token }: HeldLock): LockRequest {
  const request = post(`${lockPath(name)}/renew`, { owner: holder.owner, token });
  return { operation: 'renewLock', ...request, waitMs: 0, locks: [name] };
}

export function getLock(name: string): LockRequest {
  return { operation: 'getLock', method: 'GET', path: lockPath(name), waitMs: 0, locks: [name] };
}

export function breakLock(name: string): LockRequest {
  return {
    operation: 'breakLock',
    method: 'DELETE',
    path: lockPath(name),
    waitMs: 0,
    locks: [name],
  };
}

export function listLocks(query: string): LockRequest {
  return {
    operation: 'listLocks',
    method: 'GET',
    path: `/v1/locks?${query}`,
    waitMs: 0,
    locks: [],
  };
}

export function waitForGraph(): LockRequest {
  const path = '/v1/wait-for-graph';
  return { operation: 'getWaitForGraph', method: 'GET', path, waitMs: 0, locks: [] };
}

export function createSession(ttlMs: number): LockRequest {
  return { operation: 'createSession', ...post('/v1/sessions', { ttlMs }), waitMs: 0, locks: [] };
}

export function keepSessionAlive(sessionId: string): LockRequest {
  const request = post(`/v1/sessions/${sessionId}/keepalive`, {});
  return { operation: 'keepSessionAlive', ...request, waitMs: 0, locks: [] };
}

export function deleteSession(sessionId: string): LockRequest {
  const path = `/v1/sessions/${sessionId}`;
  return { operation: 'deleteSession', method: 'DELETE', path, waitMs: 0, locks: [] };
}

function post(
  path: string,
  body: Readonly<Record<string, unknown>>,
): Pick<LockRequest, 'method' | 'path' | 'body'> {
  return { method: 'POST', path, body };
}

function lockPath(name: string): string {
  return `/v1/locks/${encodeURIComponent(name)}`;
}
