import type { HolderIdentity, LockMode, WantedLock } from '../../commands/holder.js';
import type { Grant } from '../../commands/lock-result.js';
import type { IdempotentRequest } from '../../table/ports.js';

/** A grant that ended a wait, as its hold remembers it. */
export interface EndedWait {
  readonly waiterId: number;
  readonly proposers: readonly string[];
  readonly remembered: boolean;
}

export interface Hold extends HolderIdentity {
  readonly id: number;
  readonly name: string;
  mode: LockMode;
  token: number;
  olderToken: number | null;
  holds: number;
  /** Of the hold's own lease; of no meaning in a session. */
  ttlMs: number;
  leaseIndex: number;
  expiresAtMs: number;
  lockDelayMs: number;
  metadata: string | null;
  waits: EndedWait[];
}

export interface Waiter extends HolderIdentity {
  readonly id: number;
  proposers: string[];
  readonly locks: readonly WantedLock[];
  readonly ttlMs: number;
  readonly lockDelayMs: number;
  readonly metadata: string | null;
  readonly sinceMs: number;
  readonly idempotency: IdempotentRequest | null;
}

/** The place of a waiter in the queue of one lock. */
export interface Entry {
  readonly waiter: Waiter;
  readonly name: string;
  readonly mode: LockMode;
  /** Whether it waits to make its party's shared hold exclusive. */
  upgrade: boolean;
}

export interface Session {
  readonly sessionId: string;
  readonly ttlMs: number;
  readonly lockDelayMs: number;
  readonly name: string | null;
  leaseIndex: number;
  expiresAtMs: number;
}

export interface Delay {
  readonly name: string;
  readonly delayMs: number;
  readonly leaseIndex: number;
  /** By the log time at which it began. */
  readonly endsAtMs: number;
}

/** All that the reference knows, in plain arrays. */
export class ReferenceState {
  /** In the order of their first tokens. */
  holds: Hold[] = [];
  waiters: Waiter[] = [];
  /** The queues of all locks in one array; those of one name are in the order of that queue. */
  entries: Entry[] = [];
  sessions: Session[] = [];
  delays: Delay[] = [];
  lastToken = 0;

  holdsOf(name: string): Hold[] {
    return this.holds.filter((hold) => hold.name === name);
  }

  holdOf(party: HolderIdentity, name: string): Hold | undefined {
    return this.holds.find((hold) => hold.name === name && isSameParty(hold, party));
  }

  queueOf(name: string): Entry[] {
    return this.entries.filter((entry) => entry.name === name);
  }

  session(sessionId: string): Session | undefined {
    return this.sessions.find((session) => session.sessionId === sessionId);
  }

  isDelayed(name: string): boolean {
    return this.delays.some((delay) => delay.name === name);
  }

  /** Whether a hold of the party grants this mode already. */
  isCovered(party: HolderIdentity, name: string, mode: LockMode): boolean {
    const hold = this.holdOf(party, name);
    return hold !== undefined && (hold.mode === 'exclusive' || mode === 'shared');
  }

  /** The names of all locks that are held, waited for or at rest, in order. */
  names(): string[] {
    const names = [...this.holds, ...this.entries, ...this.delays].map(({ name }) => name);
    return [...new Set(names)].sort();
  }

  removeWaiter(waiter: Waiter): void {
    this.waiters = this.waiters.filter((other) => other !== waiter);
    this.entries = this.entries.filter((entry) => entry.waiter !== waiter);
  }

  /** What the holder is told. */
  grantOf(hold: Hold): Grant {
    const { name, mode, token, holds } = hold;
    const session = hold.sessionId === null ? undefined : this.session(hold.sessionId);
    const { ttlMs, expiresAtMs } = session ?? hold;
    return { name, mode, token, holds, ttlMs, expiresAtMs };
  }
}

export function isSameParty(one: HolderIdentity, other: HolderIdentity): boolean {
  return one.owner === other.owner && one.sessionId === other.sessionId;
}

export function isIncompatible(one: LockMode, other: LockMode): boolean {
  return one === 'exclusive' || other === 'exclusive';
}
