import type { Operation } from '../operation.js';
import type { LockMode, SeenHolder } from '../records/lock-record.js';

/** Whom the cluster takes for one holder. */
export interface Party {
  readonly owner: string;
  readonly sessionId: string | null;
}

/** What a record asks of one lock, with the times between which that happened. */
export type LockCall = {
  /** The number of the record. */
  readonly record: number;
  readonly invokedAt: number;
  readonly returnedAt: number;
} & (
  | {
      readonly kind: 'acquire';
      readonly party: Party;
      readonly mode: LockMode;
      readonly ttlMs: number;
      readonly lockDelayMs: number;
    }
  | { readonly kind: 'release'; readonly owner: string; readonly token: number }
  | {
      readonly kind: 'renew';
      readonly owner: string;
      readonly token: number;
      readonly ttlMs: number | null;
    }
  | { readonly kind: 'get' }
  | { readonly kind: 'break' }
);

/** A grant or renewal as its holder was told of it. */
export interface ToldHold {
  readonly token: number;
  readonly mode: LockMode;
  readonly holds: number;
}

/** What the answer of a record says about one lock. */
export type LockAnswer =
  | ({ readonly status: 'granted' | 'renewed' } & ToldHold)
  | { readonly status: 'held'; readonly holders: readonly SeenHolder[] }
  | { readonly status: 'released'; readonly holds: number }
  | {
      readonly status: 'seen';
      readonly mode: LockMode;
      readonly holders: readonly SeenHolder[];
    }
  | { readonly status: 'not-holder' }
  | { readonly status: 'free' }
  | { readonly status: 'broken' };

export type LockOperation = Operation<LockCall, LockAnswer>;

export function sameParty(left: Party, right: Party): boolean {
  return left.owner === right.owner && left.sessionId === right.sessionId;
}

export function partyName({ owner, sessionId }: Party): string {
  return sessionId === null ? owner : `${owner} in session ${sessionId}`;
}
