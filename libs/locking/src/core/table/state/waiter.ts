import type { HolderIdentity, WantedLock } from '../../commands/holder.js';
import type { IdempotentRequest } from '../ports.js';
import { Place } from '../queue/place.js';
import type { Lock } from './lock.js';
import type { Party } from './party.js';

/** What a request asks for besides its locks. */
export interface WaitTerms {
  readonly ttlMs: number;
  readonly lockDelayMs: number;
  readonly metadata: string | null;
  /** Log time at which it began to wait. */
  readonly sinceMs: number;
  /** Under which its end is remembered. */
  readonly idempotency: IdempotentRequest | null;
}

/**
 * A request that waits, in the queue of every lock that it asks for. Durable; removed when it is
 * granted or leaves.
 */
export class Waiter implements HolderIdentity {
  /** One for each lock, in the order of the request. */
  readonly places: readonly Place[];
  /** Who attends it; without any it leaves. Closed ones are gone from here at once. */
  proposers: readonly string[];
  /** Whom the record names; null when there is no record, or none any more. */
  recorded: readonly string[] | null = null;
  /** The place at which the last look found it blocked: most often it still is. */
  blockedAt: Place | null = null;

  constructor(
    readonly id: number,
    readonly party: Party,
    wanted: readonly { readonly lock: Lock; readonly mode: WantedLock['mode'] }[],
    readonly terms: WaitTerms,
    proposers: readonly string[],
  ) {
    this.places = wanted.map(({ lock, mode }) => new Place(this, lock, mode));
    this.proposers = proposers;
  }

  get owner(): string {
    return this.party.owner;
  }

  get sessionId(): string | null {
    return this.party.session?.id ?? null;
  }

  get sinceMs(): number {
    return this.terms.sinceMs;
  }

  /** Whether it waits for several locks at once and holds nothing meanwhile. */
  get multiple(): boolean {
    return this.places.length > 1;
  }

  /** Whether it waits to upgrade a hold: when that hold ends the wait is over. */
  get upgrade(): boolean {
    return this.places.some((place) => place.upgrade);
  }

  get locks(): readonly WantedLock[] {
    return this.places.map(({ lock, mode }) => ({ name: lock.name, mode }));
  }
}
