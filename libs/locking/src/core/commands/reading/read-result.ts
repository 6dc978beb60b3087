import {
  booleanField,
  choiceField,
  fieldsOf,
  integerField,
  listField,
  MalformedValue,
  WHOLE,
  type Fields,
} from '@sinkron/fields';
import {
  CLAIMS_PER_REQUEST_MAX,
  CYCLE_EDGES_MAX,
  LOCKS_PER_COMMAND_MAX,
  OBSTACLES_MAX,
} from '../../limits.js';
import type { Claim, Claims, KeepAlive, LeaseRenewal } from '../lock-request.js';
import type {
  AcquireResult,
  BreakResult,
  CancelResult,
  CreateSessionResult,
  EndSessionResult,
  Grant,
  NotHolder,
  Obstacle,
  Released,
  ReleaseResult,
  RenewResult,
} from '../lock-result.js';
import {
  readEdge,
  readIdentity,
  readMode,
  readName,
  readSessionTtlMs,
  readToken,
  readTtlMs,
} from './lock-fields.js';

/*
 * Answers of the lock machine on their way back through the cluster. They come from other nodes,
 * so they are read like any input; each reader throws MalformedValue, also for `malformed`.
 */

/** At once, or remembered: the end of a wait whose Idempotency-Key was repeated. */
export function readAcquireResult(value: unknown): AcquireResult {
  const fields = resultFields(value);
  const status = choiceField(fields, 'status', [
    'granted',
    'held',
    'queued',
    'deadlock',
    'session-not-found',
    'not-holder',
    'key-reused',
    'full',
  ]);
  switch (status) {
    case 'granted':
      return { status, locks: readGrants(fields) };
    case 'held':
      return {
        status,
        name: readName(fields),
        holders: listField(fields, 'holders', OBSTACLES_MAX).map(readObstacle),
        queueLength: integerField(fields, 'queueLength', WHOLE),
        delayed: booleanField(fields, 'delayed'),
      };
    case 'queued':
      return {
        status,
        waiterId: integerField(fields, 'waiterId', WHOLE),
        upgrade: booleanField(fields, 'upgrade'),
      };
    case 'deadlock':
      return {
        status,
        cycle: listField(fields, 'cycle', CYCLE_EDGES_MAX).map(readEdge),
      };
    case 'full':
      return { status, what: choiceField(fields, 'what', ['locks', 'waiters', 'queue']) };
    case 'session-not-found':
    case 'not-holder':
    case 'key-reused':
      return { status };
  }
}

export function readReleaseResult(value: unknown): ReleaseResult {
  const fields = resultFields(value);
  const status = choiceField(fields, 'status', ['released', 'not-holder']);
  if (status === 'not-holder') return readNotHolder(fields);
  const locks = listField(fields, 'locks', LOCKS_PER_COMMAND_MAX);
  return { status, locks: locks.map(readReleased) };
}

export function readRenewResult(value: unknown): RenewResult {
  const fields = resultFields(value);
  const status = choiceField(fields, 'status', ['renewed', 'not-holder']);
  if (status === 'not-holder') return readNotHolder(fields);
  return { status, locks: readGrants(fields) };
}

export function readCancelResult(value: unknown): CancelResult {
  const fields = resultFields(value);
  const status = choiceField(fields, 'status', ['cancelled', 'granted', 'released', 'gone']);
  return status === 'granted' ? { status, locks: readGrants(fields) } : { status };
}

export function readBreakResult(value: unknown): BreakResult {
  return { status: choiceField(resultFields(value), 'status', ['broken', 'free']) };
}

export function readCreateSessionResult(value: unknown): CreateSessionResult {
  const fields = resultFields(value);
  const status = choiceField(fields, 'status', ['created', 'full', 'exists']);
  return status === 'created' ? { status, ...readSessionLease(fields) } : { status };
}

export function readEndSessionResult(value: unknown): EndSessionResult {
  return { status: choiceField(resultFields(value), 'status', ['ended', 'session-not-found']) };
}

export function readLeaseRenewal(value: unknown): LeaseRenewal {
  const fields = resultFields(value);
  const status = choiceField(fields, 'status', [
    'renewed',
    'not-holder',
    'expiring',
    'ttl-differs',
  ]);
  switch (status) {
    case 'renewed':
      return { status, locks: readGrants(fields) };
    case 'not-holder':
      return readNotHolder(fields);
    case 'expiring':
    case 'ttl-differs':
      return { status };
  }
}

export function readKeepAlive(value: unknown): KeepAlive {
  const fields = resultFields(value);
  const status = choiceField(fields, 'status', ['alive', 'session-not-found', 'expiring']);
  return status === 'alive' ? { status, ...readSessionLease(fields) } : { status };
}

export function readClaims(value: unknown): Claims {
  const fields = resultFields(value);
  const status = choiceField(fields, 'status', ['claims']);
  const claims = listField(fields, 'claims', CLAIMS_PER_REQUEST_MAX);
  return { status, claims: claims.map(readClaim) };
}

/** The fields of an answer. @throws MalformedValue when it is none or says `malformed`. */
export function resultFields(value: unknown): Fields {
  const fields = fieldsOf(value, 'result');
  if (fields['status'] === 'malformed') {
    throw new MalformedValue(
      'a request to the lock machine',
      `other: ${String(fields['message'])}`,
    );
  }
  return fields;
}

function readGrants(fields: Fields): readonly Grant[] {
  return listField(fields, 'locks', LOCKS_PER_COMMAND_MAX).map(readGrant);
}

function readGrant(value: unknown): Grant {
  const fields = fieldsOf(value, 'lock');
  return {
    name: readName(fields),
    mode: readMode(fields),
    token: readToken(fields),
    holds: integerField(fields, 'holds', WHOLE),
    ttlMs: readTtlMs(fields),
    expiresAtMs: integerField(fields, 'expiresAtMs', WHOLE),
  };
}

function readReleased(value: unknown): Released['locks'][number] {
  const fields = fieldsOf(value, 'lock');
  return { name: readName(fields), holds: integerField(fields, 'holds', WHOLE) };
}

function readNotHolder(fields: Fields): NotHolder {
  return { status: 'not-holder', name: readName(fields), token: readToken(fields) };
}

function readObstacle(value: unknown): Obstacle {
  const fields = fieldsOf(value, 'holder');
  return {
    ...readIdentity(fields),
    mode: readMode(fields),
    token: readToken(fields),
    holds: integerField(fields, 'holds', WHOLE),
  };
}

function readSessionLease(fields: Fields): { ttlMs: number; expiresAtMs: number } {
  return {
    ttlMs: readSessionTtlMs(fields),
    expiresAtMs: integerField(fields, 'expiresAtMs', WHOLE),
  };
}

function readClaim(value: unknown): Claim {
  const fields = fieldsOf(value, 'claim');
  const waiterId = integerField(fields, 'waiterId', WHOLE);
  const outcome = choiceField(fields, 'outcome', ['granted', 'waiting', 'gone']);
  if (outcome === 'granted') return { waiterId, outcome, locks: readGrants(fields) };
  return { waiterId, outcome };
}
