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
  LEASES_PER_EXPIRY_MAX,
  LOCK_NAME_BYTES_MAX,
  METADATA_BYTES_MAX,
  OWNER_CHARS_MAX,
  TOKEN_MAX,
  TTL_MS_MAX,
  TTL_MS_MIN,
} from '../limits.js';
import { utf8Bytes } from '../names/byte-order.js';
import type { HolderIdentity, LockMode } from '../table/lock.js';

/** Takes the lock, or takes it once more (re-entrant). Answered at once: granted or held. */
export interface AcquireCommand extends HolderIdentity {
  readonly kind: 'acquire';
  readonly name: string;
  readonly mode: LockMode;
  readonly ttlMs: number;
  /** JSON text; null leaves a re-entrant holder's note as it is. */
  readonly metadata: string | null;
}

/** Gives one hold back. */
export interface ReleaseCommand extends HolderIdentity {
  readonly kind: 'release';
  readonly name: string;
  readonly token: number;
}

/** Begins the holder's lease anew in the log, which a changed length needs. */
export interface RenewCommand extends HolderIdentity {
  readonly kind: 'renew';
  readonly name: string;
  readonly token: number;
  /** The new length; null keeps the present one. */
  readonly ttlMs: number | null;
}

/** A lease that the leader of `ExpireCommand.term` found due. */
export interface ExpiredLease {
  readonly name: string;
  readonly token: number;
  /** The holder's `leaseIndex` when it was found due. */
  readonly leaseIndex: number;
}

/** Ends leases. Proposed by the leader's own memory only, in the term in which they were due. */
export interface ExpireCommand {
  readonly kind: 'expire';
  readonly term: number;
  readonly leases: readonly ExpiredLease[];
}

export type LockCommand = AcquireCommand | ReleaseCommand | RenewCommand | ExpireCommand;

const KINDS = ['acquire', 'release', 'renew', 'expire'] as const;
const WHOLE = { min: 0, max: Number.MAX_SAFE_INTEGER };
const TTL = { min: TTL_MS_MIN, max: TTL_MS_MAX };

/** @throws MalformedValue */
export function readCommand(value: unknown): LockCommand {
  const fields = fieldsOf(value, 'command');
  const kind = choiceField(fields, 'kind', KINDS);
  switch (kind) {
    case 'acquire':
      return {
        kind,
        ...readTarget(fields),
        mode: choiceField(fields, 'mode', ['exclusive']),
        ttlMs: integerField(fields, 'ttlMs', TTL),
        metadata: readMetadata(fields),
      };
    case 'release':
      return { kind, ...readTarget(fields), token: readToken(fields) };
    case 'renew':
      return readRenew(fields);
    case 'expire':
      return {
        kind,
        term: integerField(fields, 'term', WHOLE),
        leases: listField(fields, 'leases', { countMax: LEASES_PER_EXPIRY_MAX }).map(
          readExpiredLease,
        ),
      };
  }
}

/** @throws MalformedValue */
export function readRenew(fields: Fields): RenewCommand {
  return {
    kind: 'renew',
    ...readTarget(fields),
    token: readToken(fields),
    ttlMs: fields['ttlMs'] === null ? null : integerField(fields, 'ttlMs', TTL),
  };
}

/** @throws MalformedValue */
export function readLockName(fields: Fields): string {
  const name = textField(fields, 'name', { charsMin: 1, charsMax: LOCK_NAME_BYTES_MAX });
  if (utf8Bytes(name) > LOCK_NAME_BYTES_MAX) {
    throw new MalformedValue('name', `at most ${LOCK_NAME_BYTES_MAX} bytes`);
  }
  return name;
}

function readTarget(fields: Fields): HolderIdentity & { readonly name: string } {
  // Without sessions nobody would end such a hold.
  if (fields['sessionId'] !== null) throw new MalformedValue('sessionId', 'null');
  return {
    name: readLockName(fields),
    sessionId: null,
    owner: textField(fields, 'owner', { charsMin: 1, charsMax: OWNER_CHARS_MAX }),
  };
}

function readMetadata(fields: Fields): string | null {
  const limits = { charsMin: 2, charsMax: METADATA_BYTES_MAX };
  const metadata = optionalTextField(fields, 'metadata', limits);
  if (metadata !== null && utf8Bytes(metadata) > METADATA_BYTES_MAX) {
    throw new MalformedValue('metadata', `at most ${METADATA_BYTES_MAX} bytes`);
  }
  return metadata;
}

function readToken(fields: Fields): number {
  return integerField(fields, 'token', { min: 1, max: TOKEN_MAX });
}

function readExpiredLease(value: unknown): ExpiredLease {
  const fields = fieldsOf(value, 'lease');
  return {
    name: readLockName(fields),
    token: readToken(fields),
    leaseIndex: integerField(fields, 'leaseIndex', WHOLE),
  };
}
