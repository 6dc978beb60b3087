import type { Hold } from './hold.js';
import type { Party } from './party.js';
import type { Waiter } from './waiter.js';

/** The end of a session whose holds and waiters are not all swept yet. */
export interface SessionEnd {
  /** The entry that ended it: sessions are swept in this order. */
  readonly index: number;
  readonly reason: 'expired' | 'deleted';
}

/** A lease that many holds share. Durable; removed when nothing of it is left. */
export class Session {
  /** In the order of their ids. */
  readonly holds = new Set<Hold>();
  /** Those with a record, in the order of their ids. Some may wait no more and are swept. */
  readonly waiters = new Set<Waiter>();
  /** Who holds or waits within it, by owner. */
  readonly parties = new Map<string, Party>();
  /** The entry that began the lease last. An expiry names it, so it cannot end a younger lease. */
  leaseIndex: number;
  /** Log time of that entry plus `ttlMs`; keep-alives in the leader's memory go beyond it. */
  expiresAtMs: number;
  /** From here on its holds do not hold and its waiters do not wait. */
  ended: SessionEnd | null = null;

  constructor(
    readonly id: string,
    readonly ttlMs: number,
    readonly lockDelayMs: number,
    readonly name: string | null,
    lease: { readonly leaseIndex: number; readonly expiresAtMs: number },
  ) {
    this.leaseIndex = lease.leaseIndex;
    this.expiresAtMs = lease.expiresAtMs;
  }

  get sessionId(): string {
    return this.id;
  }
}
