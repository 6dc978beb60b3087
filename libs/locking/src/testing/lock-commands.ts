import type {
  AcquireCommand,
  ExpireCommand,
  ReleaseCommand,
  RenewCommand,
} from '../core/commands/lock-command.js';

/** Commands with the values that most tests do not care about. */
export function acquire(
  name: string,
  owner: string,
  options: { ttlMs?: number; metadata?: string | null } = {},
): AcquireCommand {
  const { ttlMs = 30_000, metadata = null } = options;
  return { kind: 'acquire', name, sessionId: null, owner, mode: 'exclusive', ttlMs, metadata };
}

export function release(name: string, owner: string, token: number): ReleaseCommand {
  return { kind: 'release', name, sessionId: null, owner, token };
}

export function renew(
  name: string,
  owner: string,
  token: number,
  ttlMs: number | null = null,
): RenewCommand {
  return { kind: 'renew', name, sessionId: null, owner, token, ttlMs };
}

export function expire(
  term: number,
  ...leases: readonly (readonly [name: string, token: number, leaseIndex: number])[]
): ExpireCommand {
  return {
    kind: 'expire',
    term,
    leases: leases.map(([name, token, leaseIndex]) => ({ name, token, leaseIndex })),
  };
}
