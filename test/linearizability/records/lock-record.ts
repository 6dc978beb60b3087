export type LockMode = 'exclusive' | 'shared';

/**
 * One call of one client, as the client saw it: one line of a history.
 *
 * All tries of a call under one Idempotency-Key are one record, from the first one's start to the
 * answer that counts.
 */
export interface LockRecord {
  readonly client: string;
  /** The node that was asked last; for the reader only. */
  readonly node: string | null;
  readonly input: LockInput;
  /** Null when the outcome is unknown: 504, a broken connection, a client that left. */
  readonly output: LockOutput | null;
  /** Milliseconds (with fractions) of one monotonic clock, read before the request was written. */
  readonly invokedAt: number;
  /** Read after the answer was there; null when none came. */
  readonly returnedAt: number | null;
}

export type LockInput =
  | {
      readonly kind: 'acquire';
      readonly owner: string;
      readonly sessionId: string | null;
      /** One, or several for a multi-lock; their names distinct. */
      readonly locks: readonly { readonly name: string; readonly mode: LockMode }[];
      readonly ttlMs: number;
      readonly waitMs: number;
      readonly lockDelayMs: number;
    }
  | { readonly kind: 'release'; readonly owner: string; readonly locks: readonly ClaimedLock[] }
  | {
      readonly kind: 'renew';
      readonly owner: string;
      readonly locks: readonly ClaimedLock[];
      /** Null keeps the length. */
      readonly ttlMs: number | null;
    }
  /** A linearizable read. Stale ones have no place in a history. */
  | { readonly kind: 'get'; readonly name: string }
  | { readonly kind: 'break'; readonly name: string }
  | { readonly kind: 'create-session'; readonly ttlMs: number; readonly lockDelayMs: number }
  | { readonly kind: 'keep-alive'; readonly sessionId: string }
  | { readonly kind: 'end-session'; readonly sessionId: string };

/** A hold as its owner proves it. */
export interface ClaimedLock {
  readonly name: string;
  readonly token: number;
}

/** A hold as its owner is told about it. */
export interface ToldGrant {
  readonly name: string;
  readonly mode: LockMode;
  readonly token: number;
  readonly holds: number;
}

/** A hold as others see it. */
export interface SeenHolder {
  readonly owner: string;
  readonly sessionId: string | null;
  readonly token: number;
  readonly holds: number;
}

export type LockOutput =
  /** Of an acquire: all that it asked for. */
  | { readonly status: 'granted'; readonly locks: readonly ToldGrant[] }
  /** Of an acquire (LOCK_HELD): `name` could not be had. */
  | {
      readonly status: 'held';
      readonly name: string;
      /** All other holders of it; null when they are not known, or not all of them. */
      readonly holders: readonly SeenHolder[] | null;
    }
  /** Of an acquire, for another reason (LOCK_WAIT_TIMEOUT, DEADLOCK, …): it has got nothing. */
  | { readonly status: 'refused'; readonly reason: string }
  | { readonly status: 'released'; readonly locks: readonly ReleasedLock[] }
  | { readonly status: 'renewed'; readonly locks: readonly ToldGrant[] }
  /** Of a release or renewal: `name` is not held so. */
  | { readonly status: 'not-holder'; readonly name: string }
  /** Of a get: somebody holds it or waits for it. Null for holders beyond what the answer shows. */
  | {
      readonly status: 'seen';
      readonly mode: LockMode;
      readonly holders: readonly SeenHolder[] | null;
    }
  /** Of a get or break (LOCK_NOT_FOUND): nobody holds it. */
  | { readonly status: 'free' }
  | { readonly status: 'broken' }
  | { readonly status: 'created'; readonly sessionId: string }
  | { readonly status: 'alive' }
  | { readonly status: 'ended' }
  /** Of whatever names a session (SESSION_NOT_FOUND). */
  | { readonly status: 'session-not-found' }
  /** Certainly nothing happened, and nothing will: 503, a refused connection. */
  | { readonly status: 'not-done' };

/** What is left of a hold; 0 when it has ended. */
export interface ReleasedLock {
  readonly name: string;
  readonly holds: number;
}

export type LockStatus = LockOutput['status'];
