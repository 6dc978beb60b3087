import {
  booleanField,
  choiceField,
  fieldsOf,
  integerField,
  listField,
  MalformedValue,
  WHOLE,
} from '@sinkron/fields';
import { HOLDS_PER_ABANDON_MAX, LEASES_PER_EXPIRY_MAX } from '../../limits.js';
import type { DueLease, LockCommand } from '../lock-command.js';
import {
  readClaimedHolds,
  readIdentity,
  readLockDelayMs,
  readMetadata,
  readName,
  readOptionalTtlMs,
  readOwner,
  readSessionId,
  readSessionName,
  readSessionTtlMs,
  readToken,
  readTtlMs,
  readWantedLocks,
} from './lock-fields.js';

const KINDS = [
  'acquire',
  'release',
  'renew',
  'cancel',
  'break',
  'create-session',
  'end-session',
  'expire',
  'abandon',
  'sweep',
] as const;

/** @throws MalformedValue */
export function readCommand(value: unknown): LockCommand {
  const fields = fieldsOf(value, 'command');
  const kind = choiceField(fields, 'kind', KINDS);
  switch (kind) {
    case 'acquire':
      return {
        kind,
        ...readIdentity(fields),
        locks: readWantedLocks(fields),
        ttlMs: readTtlMs(fields),
        lockDelayMs: readLockDelayMs(fields),
        metadata: readMetadata(fields),
        wait: booleanField(fields, 'wait'),
      };
    case 'release':
      return { kind, owner: readOwner(fields), locks: readClaimedHolds(fields) };
    case 'renew':
      return {
        kind,
        owner: readOwner(fields),
        locks: readClaimedHolds(fields),
        ttlMs: readOptionalTtlMs(fields),
      };
    case 'cancel':
      return {
        kind,
        waiterId: integerField(fields, 'waiterId', WHOLE),
        release: booleanField(fields, 'release'),
      };
    case 'break':
      return { kind, name: readName(fields) };
    case 'create-session':
      return {
        kind,
        sessionId: readSessionId(fields),
        ttlMs: readSessionTtlMs(fields),
        lockDelayMs: readLockDelayMs(fields),
        name: readSessionName(fields),
      };
    case 'end-session':
      return { kind, sessionId: readSessionId(fields) };
    case 'expire': {
      const leases = listField(fields, 'leases', LEASES_PER_EXPIRY_MAX);
      return {
        kind,
        term: integerField(fields, 'term', WHOLE),
        leases: leases.map(readDueLease),
      };
    }
    case 'abandon': {
      const waiters = listField(fields, 'waiters', HOLDS_PER_ABANDON_MAX);
      return {
        kind,
        term: integerField(fields, 'term', WHOLE),
        waiters: waiters.map(readWaiterId),
      };
    }
    case 'sweep':
      return { kind };
  }
}

function readDueLease(value: unknown): DueLease {
  const fields = fieldsOf(value, 'lease');
  const kind = choiceField(fields, 'kind', ['hold', 'session', 'delay']);
  const leaseIndex = integerField(fields, 'leaseIndex', WHOLE);
  switch (kind) {
    case 'hold':
      return { kind, holdId: readToken(fields, 'holdId'), leaseIndex };
    case 'session':
      return { kind, sessionId: readSessionId(fields), leaseIndex };
    case 'delay':
      return { kind, name: readName(fields), leaseIndex };
  }
}

export function readWaiterId(value: unknown): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw new MalformedValue('a waiterId', 'an integer from 0');
}
