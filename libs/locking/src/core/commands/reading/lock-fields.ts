import {
  choiceField,
  fieldsOf,
  integerField,
  listField,
  MalformedValue,
  type Fields,
} from '@sinkron/fields';
import { utf8Bytes } from '@sinkron/utf8';
import { optionalTextField, textField } from '../../fields.js';
import {
  LOCK_DELAY_MS_MAX,
  LOCK_NAME_BYTES_MAX,
  LOCKS_PER_COMMAND_MAX,
  METADATA_BYTES_MAX,
  OWNER_CHARS_MAX,
  SESSION_ID_CHARS_MAX,
  SESSION_NAME_CHARS_MAX,
  SESSION_TTL_MS_MAX,
  SESSION_TTL_MS_MIN,
  TOKEN_MAX,
  TTL_MS_MAX,
  TTL_MS_MIN,
} from '../../limits.js';
import {
  LOCK_MODES,
  type ClaimedHold,
  type HolderIdentity,
  type LockMode,
  type WaitEdge,
  type WantedLock,
} from '../holder.js';

/*
 * The fields that commands, requests and answers share. Each reader throws MalformedValue.
 */

const NAME = { charsMin: 1, charsMax: LOCK_NAME_BYTES_MAX };
const OWNER = { charsMin: 1, charsMax: OWNER_CHARS_MAX };
const SESSION_ID = { charsMin: 1, charsMax: SESSION_ID_CHARS_MAX };
const SESSION_NAME = { charsMin: 1, charsMax: SESSION_NAME_CHARS_MAX };
const METADATA = { charsMin: 2, charsMax: METADATA_BYTES_MAX };
const TOKEN = { min: 1, max: TOKEN_MAX };
const TTL = { min: TTL_MS_MIN, max: TTL_MS_MAX };
const SESSION_TTL = { min: SESSION_TTL_MS_MIN, max: SESSION_TTL_MS_MAX };
const LOCK_DELAY = { min: 0, max: LOCK_DELAY_MS_MAX };

export function readName(fields: Fields, key = 'name'): string {
  const name = textField(fields, key, NAME);
  if (utf8Bytes(name) > LOCK_NAME_BYTES_MAX) {
    throw new MalformedValue(key, `at most ${LOCK_NAME_BYTES_MAX} bytes`);
  }
  return name;
}

export function readOwner(fields: Fields, key = 'owner'): string {
  return textField(fields, key, OWNER);
}

export function readIdentity(fields: Fields): HolderIdentity {
  return {
    sessionId: optionalTextField(fields, 'sessionId', SESSION_ID),
    owner: readOwner(fields),
  };
}

export function readSessionId(fields: Fields): string {
  return textField(fields, 'sessionId', SESSION_ID);
}

export function readSessionName(fields: Fields): string | null {
  return optionalTextField(fields, 'name', SESSION_NAME);
}

export function readMode(fields: Fields): LockMode {
  return choiceField(fields, 'mode', LOCK_MODES);
}

export function readToken(fields: Fields, key = 'token'): number {
  return integerField(fields, key, TOKEN);
}

export function readTtlMs(fields: Fields): number {
  return integerField(fields, 'ttlMs', TTL);
}

export function readOptionalTtlMs(fields: Fields): number | null {
  return fields['ttlMs'] === null ? null : readTtlMs(fields);
}

export function readSessionTtlMs(fields: Fields): number {
  return integerField(fields, 'ttlMs', SESSION_TTL);
}

export function readLockDelayMs(fields: Fields): number {
  return integerField(fields, 'lockDelayMs', LOCK_DELAY);
}

export function readMetadata(fields: Fields): string | null {
  const metadata = optionalTextField(fields, 'metadata', METADATA);
  if (metadata !== null && utf8Bytes(metadata) > METADATA_BYTES_MAX) {
    throw new MalformedValue('metadata', `at most ${METADATA_BYTES_MAX} bytes`);
  }
  return metadata;
}

/** 1 to LOCKS_PER_COMMAND_MAX locks whose names differ. */
export function readWantedLocks(fields: Fields): readonly WantedLock[] {
  const locks = listField(fields, 'locks', LOCKS_PER_COMMAND_MAX).map(readWanted);
  checkNames(locks);
  return locks;
}

/** 1 to LOCKS_PER_COMMAND_MAX holds of locks whose names differ. */
export function readClaimedHolds(fields: Fields): readonly ClaimedHold[] {
  const locks = listField(fields, 'locks', LOCKS_PER_COMMAND_MAX).map(readClaimed);
  checkNames(locks);
  return locks;
}

export function readEdge(value: unknown): WaitEdge {
  const fields = fieldsOf(value, 'edge');
  return {
    owner: readOwner(fields),
    waitsFor: readOwner(fields, 'waitsFor'),
    lock: readName(fields, 'lock'),
  };
}

function readWanted(value: unknown): WantedLock {
  const fields = fieldsOf(value, 'lock');
  return { name: readName(fields), mode: readMode(fields) };
}

function readClaimed(value: unknown): ClaimedHold {
  const fields = fieldsOf(value, 'lock');
  return { name: readName(fields), token: readToken(fields) };
}

function checkNames(locks: readonly { readonly name: string }[]): void {
  if (locks.length === 1) return;
  if (locks.length === 0) throw new MalformedValue('locks', 'at least one lock');
  const names = new Set(locks.map(({ name }) => name));
  if (names.size < locks.length) throw new MalformedValue('locks', 'locks of different names');
}
