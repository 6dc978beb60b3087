import { checkLockHistory, type LockVerdict } from '../lock-history.js';
import type { LockInput, LockMode, LockOutput, LockRecord } from '../records/lock-record.js';

/** No clock is ever wrong. */
export const OPTIONS = { clock: { rateMax: 1, slackMs: 0 }, stepsMax: 100_000 };

export const TTL_MS = 1000;

export type Span = readonly [invokedAt: number, returnedAt: number | null];

export function record(
  client: string,
  span: Span,
  input: LockInput,
  output: LockOutput | null,
): LockRecord {
  const [invokedAt, returnedAt] = span;
  return { client, node: null, input, output, invokedAt, returnedAt };
}

export interface Terms {
  readonly mode?: LockMode;
  readonly ttlMs?: number;
  readonly waitMs?: number;
  readonly lockDelayMs?: number;
  readonly sessionId?: string;
  readonly lock?: string;
}

export function asked(owner: string, terms: Terms = {}): LockInput {
  const { mode = 'exclusive', ttlMs = TTL_MS, waitMs = 0, lockDelayMs = 0 } = terms;
  const { sessionId = null, lock = 'l' } = terms;
  const locks = [{ name: lock, mode }];
  return { kind: 'acquire', owner, sessionId, locks, ttlMs, waitMs, lockDelayMs };
}

export function grant(
  token: number,
  holds = 1,
  { mode = 'exclusive', lock = 'l' }: Terms = {},
): LockOutput {
  return { status: 'granted', locks: [{ name: lock, mode, token, holds }] };
}

/** An acquire that was granted. */
export function granted(
  owner: string,
  span: Span,
  token: number,
  terms: Terms & { holds?: number } = {},
) {
  return record(owner, span, asked(owner, terms), grant(token, terms.holds ?? 1, terms));
}

export function release(
  owner: string,
  span: Span,
  token: number,
  holds: number | null,
): LockRecord {
  const output: LockOutput | null =
    holds === null ? null : { status: 'released', locks: [{ name: 'l', holds }] };
  const input: LockInput = { kind: 'release', owner, locks: [{ name: 'l', token }] };
  return record(owner, span, input, output);
}

export function renew(
  owner: string,
  span: Span,
  token: number,
  ttlMs: number | null = null,
): LockRecord {
  const input: LockInput = { kind: 'renew', owner, locks: [{ name: 'l', token }], ttlMs };
  const locks = [{ name: 'l', mode: 'exclusive' as const, token, holds: 1 }];
  return record(owner, span, input, { status: 'renewed', locks });
}

export function notHolder(owner: string, span: Span, token: number): LockRecord {
  const input: LockInput = { kind: 'renew', owner, locks: [{ name: 'l', token }], ttlMs: null };
  return record(owner, span, input, { status: 'not-holder', name: 'l' });
}

export function seen(
  span: Span,
  holders: readonly (readonly [string, number, number?])[],
  mode: LockMode = 'exclusive',
) {
  const output: LockOutput =
    holders.length === 0
      ? { status: 'free' }
      : {
          status: 'seen',
          mode,
          holders: holders.map(([owner, token, holds = 1]) => {
            return { owner, sessionId: null, token, holds };
          }),
        };
  return record('reader', span, { kind: 'get', name: 'l' }, output);
}

export function broken(span: Span, status: 'broken' | 'free' = 'broken'): LockRecord {
  return record('operator', span, { kind: 'break', name: 'l' }, { status });
}

export function verdict(...records: readonly LockRecord[]): LockVerdict['kind'] {
  return checkLockHistory(records, OPTIONS).kind;
}

export const CREATE: LockInput = { kind: 'create-session', ttlMs: TTL_MS, lockDelayMs: 0 };
