import type { ClientConnection, IdempotentRequest } from '@sinkron/http';
import type { HolderIdentity, WantedLock } from '../core/commands/holder.js';
import type {
  Deadlock,
  Full,
  Granted,
  Held,
  KeyReused,
  SessionNotFound,
  UpgradeLost,
} from '../core/commands/lock-result.js';

/** Locks that a client asks for, all or none. */
export interface AcquireRequest extends HolderIdentity {
  /** 1 to LOCKS_PER_COMMAND_MAX, their names distinct. */
  readonly locks: readonly WantedLock[];
  readonly ttlMs: number;
  readonly lockDelayMs: number;
  /** JSON text. */
  readonly metadata: string | null;
  /** How long it may wait; 0 asks for an answer at once. */
  readonly waitMs: number;
}

/** How a client asks. */
export interface Call {
  /**
   * When the caller stops waiting for an answer, milliseconds as `performance.now()` counts them.
   * The wait for the locks comes on top.
   */
  readonly deadlineMs: number;
  readonly idempotency?: IdempotentRequest | undefined;
  readonly client: ClientConnection;
}

export type AcquireOutcome =
  /** `waitedMs` is 0 for a grant at once. */
  | (Granted & { readonly waitedMs: number })
  | { readonly status: 'wait-timeout'; readonly waitedMs: number }
  | Held
  | Deadlock
  | SessionNotFound
  /** The hold that was to be upgraded ended during the wait. */
  | UpgradeLost
  | KeyReused
  | Full;
