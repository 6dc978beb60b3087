import { choiceField, fieldsOf, integerField, WHOLE } from '@sinkron/fields';
import {
  readLockDelayMs,
  readSessionName,
  readSessionTtlMs,
} from '../../commands/reading/lock-fields.js';
import { Session } from '../state/session.js';

/** What is on disk of a session beside its id. */
export function sessionRecord(session: Session): unknown {
  const { ttlMs, lockDelayMs, name, leaseIndex, expiresAtMs, ended } = session;
  return { ttlMs, lockDelayMs, name, leaseIndex, expiresAtMs, ended };
}

/** @throws MalformedValue when the record is not one that {@link sessionRecord} made. */
export function readSessionRecord(id: string, value: unknown): Session {
  const fields = fieldsOf(value, 'session record');
  const session = new Session(
    id,
    readSessionTtlMs(fields),
    readLockDelayMs(fields),
    readSessionName(fields),
    {
      leaseIndex: integerField(fields, 'leaseIndex', WHOLE),
      expiresAtMs: integerField(fields, 'expiresAtMs', WHOLE),
    },
  );
  if (fields['ended'] !== null) {
    const end = fieldsOf(fields['ended'], 'ended');
    session.ended = {
      index: integerField(end, 'index', WHOLE),
      reason: choiceField(end, 'reason', ['expired', 'deleted']),
    };
  }
  return session;
}
