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
  id: number;
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
  waits: readonly EndedWait[];
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
  /** Orders the queue, and then the number of the waiter does; upgrades come before all. */
  rank: number;
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
  leaseIndex: number;
}

/** All that the reference knows, in plain arrays. */
export class ReferenceState {
  /** In the order of their first tokens. */
  holds: Hold[] = [];
  waiters: Waiter[] = [];
  /** The places in all queues. */
  entries: Entry[] = [];
  sessions: Session[] = [];
  delays: Delay[] = [];
  lastToken = 0;
  /** The last number of a waiter, or of a rank given to one that was passed. */
  lastNumber = 0;

  holdsOf(name: string): Hold[] {
    return this.holds.filter((hold) => hold.name === name);
  }

  holdOf(party: HolderIdentity, name: string): Hold | undefined {
    return this.holds.find((hold) => hold.name === name && isSameParty(hold, party));
  }

  /** Who waits for the lock, in the order of grants to come. */
  queueOf(name: string): Entry[] {
    const upgradesFirst = (entry: Entry): number => (this.isUpgrade(entry) ? 0 : 1);
    const rankOf = (entry: Entry): number => (this.isUpgrade(entry) ? 0 : entry.rank);
    return this.entries
      .filter((entry) => entry.name === name)
      .sort((one, other) => {
        const first = upgradesFirst(one) - upgradesFirst(other);
        return first || rankOf(one) - rankOf(other) || one.waiter.id - other.waiter.id;
      });
  }

  /** Whether it waits to make its party's shared hold exclusive. */
  isUpgrade({ waiter, name, mode }: Entry): boolean {
    return mode === 'exclusive' && this.holdOf(waiter, name)?.mode === 'shared';
  }

  /** Whether no two parties hold a lock that one of them holds exclusively. */
  get isExclusive(): boolean {
    return this.holds.every((hold) => {
      const others = this.holdsOf(hold.name).filter((other) => other !== hold);
      return others.every((other) => !isIncompatible(hold.mode, other.mode));
    });
  }

  /** Another state that changes by itself. */
  copy(): ReferenceState {
    const copy = new ReferenceState();
    copy.holds = this.holds.map((hold) => ({ ...hold }));
    copy.waiters = this.waiters.map((waiter) => ({ ...waiter }));
    copy.entries = copy.waiters.flatMap((waiter) => {
      const own = this.entries.filter((entry) => entry.waiter.id === waiter.id);
      return own.map((entry) => ({ ...entry, waiter }));
    });
    copy.sessions = this.sessions.map((session) => ({ ...session }));
    copy.delays = this.delays.map((delay) => ({ ...delay }));
    copy.lastToken = this.lastToken;
    copy.lastNumber = this.lastNumber;
    return copy;
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
