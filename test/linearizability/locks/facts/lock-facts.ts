import type { LockRecord } from '../../records/lock-record.js';
import { namesOf } from '../../records/record-reading.js';
import { sameParty, type Party } from '../lock-operation.js';
import { lockOperations } from '../projection.js';
import type { SessionFacts } from './session-facts.js';
import { shownTokens } from './shown-tokens.js';

/** An acquire that may have made a grant of which its client was not told. */
export interface PossibleGrant {
  readonly record: number;
  readonly party: Party;
  readonly exclusive: boolean;
  readonly ttlMs: number;
  readonly from: number;
  /** No such grant after this. */
  readonly until: number;
}

/** A change whose outcome is unknown: it happened at some time from `from` on, or never. */
export interface LostRelease {
  readonly owner: string;
  readonly token: number;
  readonly from: number;
}

export interface LostRenewal extends LostRelease {
  readonly ttlMs: number;
}

/**
 * What may have happened to one lock without anybody being told, in the whole history. The search
 * does not try these in all orders: the model takes one into account when an answer needs it, and
 * as late as that, which loses no explanation.
 */
export interface LockFacts {
  readonly possibleGrants: readonly PossibleGrant[];
  /** By time of call. */
  readonly lostReleases: readonly LostRelease[];
  readonly lostRenewals: readonly LostRenewal[];
  /** When the first break with an unknown outcome was called; Infinity for none. */
  readonly lostBreakFrom: number;
  /**
   * Tokens that were new when their holders were told of them, by the records that told: nobody
   * held the lock so before.
   */
  readonly told: ReadonlyMap<number, number>;
  /** By token: its hold was there at this time or later, as an answer shows. */
  readonly lastSeen: ReadonlyMap<number, number>;
  readonly sessions: ReadonlyMap<string, SessionFacts>;
}

interface Gathered {
  readonly possibleGrants: PossibleGrant[];
  readonly lostReleases: LostRelease[];
  readonly lostRenewals: LostRenewal[];
  lostBreakFrom: number;
  readonly told: Map<number, number>;
  readonly lastSeen: Map<number, number>;
}

/** Gathers what the records leave open, for each lock. */
export function readLockFacts(
  records: readonly LockRecord[],
  sessions: ReadonlyMap<string, SessionFacts>,
): ReadonlyMap<string, LockFacts> {
  const locks = new Map<string, Gathered>();
  const find = (name: string): Gathered => {
    const known = locks.get(name);
    if (known !== undefined) return known;
    const fresh: Gathered = {
      possibleGrants: [],
      lostReleases: [],
      lostRenewals: [],
      lostBreakFrom: Infinity,
      told: new Map(),
      lastSeen: new Map(),
    };
    locks.set(name, fresh);
    return fresh;
  };
  for (const [number, record] of records.entries()) {
    for (const name of namesOf(record.input)) find(name);
    gather(find, record, number);
  }
  for (const { key, input, output, invokedAt } of lockOperations(records)) {
    if (output === null) continue;
    const { lastSeen } = find(key);
    for (const token of shownTokens(input, output)) {
      lastSeen.set(token, Math.max(invokedAt, lastSeen.get(token) ?? 0));
    }
  }
  for (const { told, possibleGrants } of locks.values()) {
    for (const [token, number] of told) {
      const record = records[number];
      if (record !== undefined && mayHaveJoined(record, number, possibleGrants)) told.delete(token);
    }
  }
  for (const { lostReleases } of locks.values()) {
    lostReleases.sort((left, right) => left.from - right.from);
  }
  return new Map([...locks].map(([name, gathered]) => [name, { ...gathered, sessions }]));
}

function gather(find: (name: string) => Gathered, record: LockRecord, number: number): void {
  const { input, output, invokedAt: from } = record;
  switch (input.kind) {
    case 'acquire': {
      if (output?.status === 'granted') {
        // The others may be further holds of a grant that was not told. And a multi-lock that
        // waited tells the count of a later instant.
        const [first, ...others] = output.locks;
        if (first?.holds === 1 && others.length === 0) {
          find(first.name).told.set(first.token, number);
        }
      }
      const until = grantPossibleUntil(record);
      if (until === null) return;
      const { owner, sessionId, ttlMs } = input;
      const party = { owner, sessionId };
      for (const { name, mode } of input.locks) {
        const exclusive = mode === 'exclusive';
        find(name).possibleGrants.push({ record: number, party, exclusive, ttlMs, from, until });
      }
      return;
    }
    case 'release': {
      if (output !== null) return;
      const { owner, locks } = input;
      for (const { name, token } of locks) find(name).lostReleases.push({ owner, token, from });
      return;
    }
    case 'renew': {
      const { owner, locks, ttlMs } = input;
      if (output !== null || ttlMs === null) return;
      for (const { name, token } of locks) {
        find(name).lostRenewals.push({ owner, token, ttlMs, from });
      }
      return;
    }
    case 'break': {
      if (output !== null) return;
      const lock = find(input.name);
      lock.lostBreakFrom = Math.min(lock.lostBreakFrom, from);
      return;
    }
    case 'get':
    case 'create-session':
    case 'keep-alive':
    case 'end-session':
  }
}

/**
 * Whether a grant of one lock, told as the only one of its party, may have joined an earlier one that
 * nobody was told of: who waited is told the count of a later instant, when that may have been given back.
 */
function mayHaveJoined(
  { input, invokedAt, returnedAt }: LockRecord,
  number: number,
  possibleGrants: readonly PossibleGrant[],
): boolean {
  if (input.kind !== 'acquire' || input.waitMs === 0) return false;
  const party = { owner: input.owner, sessionId: input.sessionId };
  return possibleGrants.some(({ record, party: other, from, until }) => {
    const meets = from <= (returnedAt ?? Infinity) && until >= invokedAt;
    return record !== number && meets && sameParty(party, other);
  });
}

/**
 * Until when an acquire may make a grant that its client is not told of; null for never.
 *
 * One with an unknown outcome at any time. One that waits may be granted, lose that because its
 * node cannot claim it in time, and begin to wait anew; what is left of a multi-lock then is given
 * back whenever that can be done.
 */
function grantPossibleUntil({ input, output, returnedAt }: LockRecord): number | null {
  if (input.kind !== 'acquire') return null;
  if (output === null || returnedAt === null) return Infinity;
  if (input.waitMs === 0) return null;
  return input.locks.length > 1 ? Infinity : returnedAt;
}
