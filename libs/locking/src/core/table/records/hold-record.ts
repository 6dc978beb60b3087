import {
  booleanField,
  fieldsOf,
  integerField,
  listField,
  MalformedValue,
  WHOLE,
  type Fields,
} from '@sinkron/fields';
import {
  readIdentity,
  readMetadata,
  readMode,
  readName,
} from '../../commands/reading/lock-fields.js';
import type { HolderIdentity, LockMode } from '../../commands/holder.js';
import {
  GRANTED_WAITERS_PER_HOLD_MAX,
  LOCK_DELAY_MS_MAX,
  TOKEN_MAX,
  TTL_MS_MAX,
} from '../../limits.js';
import type { GrantedWaiter, Hold } from '../state/hold.js';
import { readProposers } from './proposer-fields.js';

const NATURAL = { min: 1, max: Number.MAX_SAFE_INTEGER };

/** What is on disk of a hold beside its id. What most holds lack is left out. */
export interface HoldRecord extends HolderIdentity {
  readonly name: string;
  readonly mode: LockMode;
  readonly token: number;
  readonly holds: number;
  readonly ttlMs: number;
  readonly leaseIndex: number;
  readonly expiresAtMs: number;
  readonly lockDelayMs: number;
  readonly metadata: string | null;
  readonly waiters: readonly GrantedWaiter[];
}

export function holdRecord(hold: Hold): unknown {
  const record: Record<string, unknown> = {
    name: hold.name,
    owner: hold.owner,
    mode: hold.mode,
    token: hold.token,
    holds: hold.holds,
  };
  if (hold.sessionId === null) {
    record['ttlMs'] = hold.ownTtlMs;
    record['leaseIndex'] = hold.ownLeaseIndex;
    record['expiresAtMs'] = hold.ownExpiresAtMs;
  } else {
    record['sessionId'] = hold.sessionId;
  }
  if (hold.lockDelayMs > 0) record['lockDelayMs'] = hold.lockDelayMs;
  if (hold.metadata !== null) record['metadata'] = hold.metadata;
  if (hold.waiters.length > 0) record['waiters'] = hold.waiters;
  return record;
}

/** @throws MalformedValue when the record is not one that {@link holdRecord} made. */
export function readHoldRecord(value: unknown): HoldRecord {
  const fields = fieldsOf(value, 'hold record');
  const { sessionId, owner } = readIdentity(fields);
  const ownLease = sessionId === null;
  const waiters =
    fields['waiters'] === undefined
      ? []
      : listField(fields, 'waiters', GRANTED_WAITERS_PER_HOLD_MAX);
  return {
    sessionId,
    owner,
    name: readName(fields),
    mode: readMode(fields),
    token: integerField(fields, 'token', { min: 1, max: TOKEN_MAX }),
    holds: integerField(fields, 'holds', NATURAL),
    ttlMs: ownLease ? integerField(fields, 'ttlMs', { min: 1, max: TTL_MS_MAX }) : 0,
    leaseIndex: ownLease ? integerField(fields, 'leaseIndex', WHOLE) : 0,
    expiresAtMs: ownLease ? integerField(fields, 'expiresAtMs', WHOLE) : 0,
    lockDelayMs: optionalInteger(fields, 'lockDelayMs', LOCK_DELAY_MS_MAX),
    metadata: readMetadata(fields),
    waiters: waiters.map(readGrantedWaiter),
  };
}

function readGrantedWaiter(value: unknown): GrantedWaiter {
  const fields = fieldsOf(value, 'granted waiter');
  return {
    waiterId: integerField(fields, 'waiterId', NATURAL),
    proposers: readProposers(fields),
    remembered: booleanField(fields, 'remembered'),
  };
}

function optionalInteger(fields: Fields, key: string, max: number): number {
  if (fields[key] === undefined) return 0;
  const value = integerField(fields, key, { min: 1, max });
  if (value === 0) throw new MalformedValue(key, 'left out when it is 0');
  return value;
}
