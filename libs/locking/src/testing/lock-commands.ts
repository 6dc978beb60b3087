import type { LockMode, WantedLock } from '../core/commands/holder.js';
import type {
  AcquireCommand,
  BreakCommand,
  CancelCommand,
  CreateSessionCommand,
  EndSessionCommand,
  ExpireCommand,
  ReleaseCommand,
  RenewCommand,
} from '../core/commands/lock-command.js';

interface AcquireOptions {
  readonly mode?: LockMode;
  readonly sessionId?: string | null;
  readonly ttlMs?: number;
  readonly lockDelayMs?: number;
  readonly metadata?: string | null;
  readonly wait?: boolean;
}

/** Commands with the values that most tests do not care about. */
export function acquire(name: string, owner: string, options: AcquireOptions = {}): AcquireCommand {
  const { mode = 'exclusive' } = options;
  return acquireAll([{ name, mode }], owner, options);
}

export function acquireAll(
  locks: readonly WantedLock[],
  owner: string,
  options: Omit<AcquireOptions, 'mode'> = {},
): AcquireCommand {
  const {
    sessionId = null,
    ttlMs = 30_000,
    lockDelayMs = 0,
    metadata = null,
    wait = false,
  } = options;
  return { kind: 'acquire', sessionId, owner, locks, ttlMs, lockDelayMs, metadata, wait };
}

/** Waits for several locks at once, each in its mode. */
export function waitForAll(
  owner: string,
  locks: Readonly<Record<string, LockMode>>,
): AcquireCommand {
  const wanted = Object.entries(locks).map(([name, mode]) => ({ name, mode }));
  return acquireAll(wanted, owner, { wait: true });
}

export function release(name: string, owner: string, token: number): ReleaseCommand {
  return { kind: 'release', owner, locks: [{ name, token }] };
}

export function renew(
  name: string,
  owner: string,
  token: number,
  ttlMs: number | null = null,
): RenewCommand {
  return { kind: 'renew', owner, locks: [{ name, token }], ttlMs };
}

export function cancel(waiterId: number, options: { release?: boolean } = {}): CancelCommand {
  return { kind: 'cancel', waiterId, release: options.release ?? false };
}

export function breakLock(name: string): BreakCommand {
  return { kind: 'break', name };
}

export function createSession(
  sessionId: string,
  options: { ttlMs?: number; lockDelayMs?: number; name?: string | null } = {},
): CreateSessionCommand {
  const { ttlMs = 15_000, lockDelayMs = 0, name = null } = options;
  return { kind: 'create-session', sessionId, ttlMs, lockDelayMs, name };
}

export function endSession(sessionId: string): EndSessionCommand {
  return { kind: 'end-session', sessionId };
}

/** The expiry of holds that have leases of their own. */
export function expire(
  term: number,
  ...holds: readonly (readonly [holdId: number, leaseIndex: number])[]
): ExpireCommand {
  return {
    kind: 'expire',
    term,
    leases: holds.map(([holdId, leaseIndex]) => ({ kind: 'hold', holdId, leaseIndex })),
  };
}
