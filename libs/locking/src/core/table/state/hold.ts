import type { HolderIdentity, LockMode } from '../../commands/holder.js';
import type { Grant } from '../../commands/lock-result.js';
import type { Lock } from './lock.js';
import type { Party } from './party.js';

/** A waiter whose grant made a hold, or added to it. */
export interface GrantedWaiter {
  readonly waiterId: number;
  /** Who attended it: they alone may give the grant back. */
  readonly proposers: readonly string[];
  /** Whether an Idempotency-Key remembers the grant; then nobody gives it back unasked. */
  readonly remembered: boolean;
}

/** One holder of one lock. Durable; removed when it ends. */
export class Hold implements HolderIdentity {
  mode: LockMode;
  /** The fencing token of the newest grant. */
  token: number;
  /** How often the holder has acquired and not yet released. */
  holds = 0;
  /** The length of the hold's own lease, milliseconds; 0 in a session. */
  ownTtlMs = 0;
  /** The entry that began its own lease last; 0 in a session. */
  ownLeaseIndex = 0;
  /** Log time of that entry plus `ownTtlMs`; renewals in the leader's memory go beyond it. */
  ownExpiresAtMs = 0;
  /** How long the lock rests when this holder fails. */
  lockDelayMs = 0;
  /** The holder's note as JSON text, or null. */
  metadata: string | null = null;
  /** Oldest first, at most GRANTED_WAITERS_PER_HOLD_MAX; older ones are forgotten. */
  waiters: readonly GrantedWaiter[] = [];
  /** An operator broke the lock; the record waits for its sweep. */
  broken = false;

  constructor(
    /** The token of the first grant, which names the hold for life. */
    readonly id: number,
    readonly lock: Lock,
    readonly party: Party,
    mode: LockMode,
  ) {
    this.mode = mode;
    this.token = id;
  }

  get name(): string {
    return this.lock.name;
  }

  get owner(): string {
    return this.party.owner;
  }

  get sessionId(): string | null {
    return this.party.session?.id ?? null;
  }

  /** The shared token from before an upgrade, still good for release and renew; null without. */
  get olderToken(): number | null {
    return this.token === this.id ? null : this.id;
  }

  /** The length of the lease that the hold lives by: its own or its session's. */
  get ttlMs(): number {
    return this.party.session === null ? this.ownTtlMs : this.party.session.ttlMs;
  }

  get leaseIndex(): number {
    return this.party.session === null ? this.ownLeaseIndex : this.party.session.leaseIndex;
  }

  get expiresAtMs(): number {
    return this.party.session === null ? this.ownExpiresAtMs : this.party.session.expiresAtMs;
  }

  /** Whether it holds no more and only its record is left. */
  get dead(): boolean {
    return this.broken || (this.party.session !== null && this.party.session.ended !== null);
  }

  /** As its holder is told about it. */
  get grant(): Grant {
    const { name, mode, token, holds, ttlMs, expiresAtMs } = this;
    return { name, mode, token, holds, ttlMs, expiresAtMs };
  }
}
