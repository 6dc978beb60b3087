import type {
  LockInput,
  LockMode,
  LockOutput,
  LockRecord,
} from '../../linearizability/lock-history.js';

/** When a call was made and answered, milliseconds. */
export type Span = readonly [invokedAt: number, returnedAt: number];

const TTL_MS = 1_000;

/** A call for the tests of checks; null for an unknown outcome. */
export function record(span: Span, input: LockInput, output: LockOutput | null): LockRecord {
  const returnedAt = output === null ? null : span[1];
  return { client: 'client', node: 'node1', input, output, invokedAt: span[0], returnedAt };
}

/** An acquire that was granted, with a lease of a second. */
export function granted(
  span: Span,
  name: string,
  owner: string,
  token: number,
  { mode = 'exclusive', sessionId = null }: { mode?: LockMode; sessionId?: string | null } = {},
): LockRecord {
  const output: LockOutput = { status: 'granted', locks: [{ name, mode, token, holds: 1 }] };
  return record(span, asked(name, owner, mode, sessionId), output);
}

/** An acquire whose outcome is unknown. */
export function lost(invokedAt: number, name: string, owner: string): LockRecord {
  return record([invokedAt, invokedAt], asked(name, owner, 'exclusive', null), null);
}

export function renewed(span: Span, name: string, owner: string, token: number): LockRecord {
  const locks = [{ name, token }];
  const output: LockOutput = {
    status: 'renewed',
    locks: [{ name, token, mode: 'exclusive', holds: 1 }],
  };
  return record(span, { kind: 'renew', owner, locks, ttlMs: null }, output);
}

export function released(span: Span, name: string, owner: string, token: number): LockRecord {
  const input: LockInput = { kind: 'release', owner, locks: [{ name, token }] };
  return record(span, input, { status: 'released', locks: [{ name, holds: 0 }] });
}

function asked(name: string, owner: string, mode: LockMode, sessionId: string | null): LockInput {
  const locks = [{ name, mode }];
  return { kind: 'acquire', owner, sessionId, locks, ttlMs: TTL_MS, waitMs: 0, lockDelayMs: 0 };
}
