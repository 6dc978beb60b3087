import {
  choiceField,
  fieldsOf,
  integerField,
  listField,
  MalformedValue,
  optionalTextField,
  textField,
  type Fields,
} from '../fields.js';
import {
  LIST_LOCKS_MAX,
  LOCK_NAME_BYTES_MAX,
  METADATA_BYTES_MAX,
  OWNER_CHARS_MAX,
  TOKEN_MAX,
  TTL_MS_MAX,
  TTL_MS_MIN,
} from '../limits.js';
import type { HolderIdentity } from '../table/lock.js';
import type { HolderView, LockPage, LockView } from './lock-query.js';
import type {
  AcquireResult,
  Hold,
  LeaseRenewalResult,
  Malformed,
  Obstacle,
  ReleaseResult,
  RenewResult,
} from './lock-result.js';

/*
 * Answers of the lock machine on their way back through the cluster. They come from other nodes,
 * so they are read like any input; each reader throws MalformedValue.
 */

const WHOLE = { min: 0, max: Number.MAX_SAFE_INTEGER };
const TOKEN = { min: 1, max: TOKEN_MAX };
const OWNER = { charsMin: 1, charsMax: OWNER_CHARS_MAX };
const NAME = { charsMin: 1, charsMax: LOCK_NAME_BYTES_MAX };
/** Holders in one answer; an exclusive lock has one. */
const HOLDERS = { countMax: 1 };

export function readAcquireResult(value: unknown): Exclude<AcquireResult, Malformed> {
  const fields = resultFields(value);
  const status = choiceField(fields, 'status', ['granted', 'held', 'full']);
  switch (status) {
    case 'granted':
      return { status, ...readHold(fields) };
    case 'held':
      return {
        status,
        holders: listField(fields, 'holders', HOLDERS).map(readObstacle),
        queueLength: integerField(fields, 'queueLength', WHOLE),
      };
    case 'full':
      return { status };
  }
}

export function readReleaseResult(value: unknown): Exclude<ReleaseResult, Malformed> {
  const fields = resultFields(value);
  const status = choiceField(fields, 'status', ['released', 'not-holder']);
  switch (status) {
    case 'released':
      return { status, holds: integerField(fields, 'holds', WHOLE) };
    case 'not-holder':
      return { status };
  }
}

export function readRenewResult(value: unknown): Exclude<RenewResult, Malformed> {
  const result = readLeaseRenewal(value);
  if (result.status === 'renewed' || result.status === 'not-holder') return result;
  throw new MalformedValue('status', 'renewed or not-holder');
}

export function readLeaseRenewal(value: unknown): Exclude<LeaseRenewalResult, Malformed> {
  const fields = resultFields(value);
  const statuses = ['renewed', 'not-holder', 'expiring', 'ttl-differs'] as const;
  const status = choiceField(fields, 'status', statuses);
  return status === 'renewed' ? { status, ...readHold(fields) } : { status };
}

/** Null when the lock is free. */
export function readLockView(value: unknown): LockView | null {
  if (value === null) return null;
  const fields = resultFields(value);
  return {
    name: textField(fields, 'name', NAME),
    mode: choiceField(fields, 'mode', ['exclusive']),
    holders: listField(fields, 'holders', HOLDERS).map(readHolderView),
    queue: [],
  };
}

export function readLockPage(value: unknown): LockPage {
  const fields = resultFields(value);
  const locks = listField(fields, 'locks', { countMax: LIST_LOCKS_MAX }).map((item) => {
    const lock = readLockView(item);
    if (lock === null) throw new MalformedValue('locks', 'held locks');
    return lock;
  });
  return { locks, next: optionalTextField(fields, 'next', NAME) };
}

function resultFields(value: unknown): Fields {
  const fields = fieldsOf(value, 'result');
  if (fields['status'] === 'malformed') {
    throw new MalformedValue(
      'a request to the lock machine',
      `other: ${String(fields['message'])}`,
    );
  }
  return fields;
}

function readHold(fields: Fields): Hold {
  return {
    mode: choiceField(fields, 'mode', ['exclusive']),
    token: integerField(fields, 'token', TOKEN),
    holds: integerField(fields, 'holds', WHOLE),
    ttlMs: integerField(fields, 'ttlMs', { min: TTL_MS_MIN, max: TTL_MS_MAX }),
    expiresAtMs: integerField(fields, 'expiresAtMs', WHOLE),
  };
}

function readIdentity(fields: Fields): HolderIdentity {
  return {
    sessionId: optionalTextField(fields, 'sessionId', OWNER),
    owner: textField(fields, 'owner', OWNER),
  };
}

function readObstacle(value: unknown): Obstacle {
  const fields = fieldsOf(value, 'holder');
  return {
    ...readIdentity(fields),
    mode: choiceField(fields, 'mode', ['exclusive']),
    token: integerField(fields, 'token', TOKEN),
    holds: integerField(fields, 'holds', WHOLE),
  };
}

function readHolderView(value: unknown): HolderView {
  const fields = fieldsOf(value, 'holder');
  return {
    ...readIdentity(fields),
    token: integerField(fields, 'token', TOKEN),
    holds: integerField(fields, 'holds', WHOLE),
    ttlMs: integerField(fields, 'ttlMs', { min: TTL_MS_MIN, max: TTL_MS_MAX }),
    expiresAtMs: integerField(fields, 'expiresAtMs', WHOLE),
    metadata: optionalTextField(fields, 'metadata', { charsMin: 2, charsMax: METADATA_BYTES_MAX }),
  };
}
