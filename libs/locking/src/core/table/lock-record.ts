import { invariant } from '@sinkron/invariant';
import {
  choiceField,
  fieldsOf,
  integerField,
  listField,
  optionalTextField,
  textField,
} from '../fields.js';
import {
  METADATA_BYTES_MAX,
  OWNER_CHARS_MAX,
  TOKEN_MAX,
  TTL_MS_MAX,
  TTL_MS_MIN,
} from '../limits.js';
import type { Holder, Lock } from './lock.js';

/** What is on disk under the lock's name. */
export function lockRecord(lock: Lock): unknown {
  return { mode: lock.mode, holders: lock.holders };
}

/** @throws MalformedValue when the record is not one that {@link lockRecord} made. */
export function readLockRecord(name: string, record: unknown): Lock {
  const fields = fieldsOf(record, `lock record ${name}`);
  const mode = choiceField(fields, 'mode', ['exclusive']);
  const holders = listField(fields, 'holders', { countMax: 1 }).map(readHolder);
  const lock = { name, mode, holders };
  validateLock(lock);
  return lock;
}

function readHolder(value: unknown): Holder {
  const fields = fieldsOf(value, 'holder');
  const whole = { min: 1, max: Number.MAX_SAFE_INTEGER };
  return {
    sessionId: optionalTextField(fields, 'sessionId', { charsMin: 1, charsMax: OWNER_CHARS_MAX }),
    owner: textField(fields, 'owner', { charsMin: 1, charsMax: OWNER_CHARS_MAX }),
    token: integerField(fields, 'token', { min: 1, max: TOKEN_MAX }),
    holds: integerField(fields, 'holds', whole),
    ttlMs: integerField(fields, 'ttlMs', { min: TTL_MS_MIN, max: TTL_MS_MAX }),
    leaseIndex: integerField(fields, 'leaseIndex', whole),
    expiresAtMs: integerField(fields, 'expiresAtMs', { min: 0, max: Number.MAX_SAFE_INTEGER }),
    metadata: optionalTextField(fields, 'metadata', { charsMin: 2, charsMax: METADATA_BYTES_MAX }),
  };
}

/** Asserts what holds for every lock that has a record. */
export function validateLock(lock: Lock): void {
  invariant(lock.holders.length === 1, 'Lock: an exclusive lock has one holder', {
    name: lock.name,
    holders: lock.holders.length,
  });
  for (const holder of lock.holders) {
    invariant(holder.holds >= 1, 'Lock: holds >= 1', { name: lock.name, holds: holder.holds });
  }
}
