import { fieldsOf, integerField, listField, MalformedValue, type Fields } from '@sinkron/fields';
import { textField } from '../../fields.js';
import type { HolderIdentity, LockMode } from '../../commands/holder.js';
import {
  readIdentity,
  readLockDelayMs,
  readMetadata,
  readMode,
  readName,
  readTtlMs,
} from '../../commands/reading/lock-fields.js';
import { IDEMPOTENCY_CHARS_MAX, LOCKS_PER_COMMAND_MAX } from '../../limits.js';
import type { IdempotentRequest } from '../ports.js';
import type { Waiter, WaitTerms } from '../state/waiter.js';
import { readProposers } from './proposer-fields.js';

const TIME = { min: 0, max: Number.MAX_SAFE_INTEGER };

export interface WaiterRecord extends HolderIdentity {
  readonly proposers: readonly string[];
  readonly requests: readonly {
    readonly name: string;
    readonly mode: LockMode;
    readonly rank: number;
  }[];
  readonly terms: WaitTerms;
}

/** What is on disk of a waiter beside its id. Upgrades are known by the holds of their party. */
export function waiterRecord(waiter: Waiter): unknown {
  const { ttlMs, lockDelayMs, metadata, sinceMs, idempotency } = waiter.terms;
  return {
    proposers: waiter.proposers,
    sessionId: waiter.sessionId,
    owner: waiter.owner,
    requests: waiter.places.map(({ lock, mode, rank }) => ({ name: lock.name, mode, rank })),
    ttlMs,
    lockDelayMs,
    metadata,
    sinceMs,
    idempotency,
  };
}

/** @throws MalformedValue when the record is not one that {@link waiterRecord} made. */
export function readWaiterRecord(value: unknown): WaiterRecord {
  const fields = fieldsOf(value, 'waiter record');
  return {
    ...readIdentity(fields),
    proposers: readProposers(fields),
    requests: listField(fields, 'requests', LOCKS_PER_COMMAND_MAX).map(readRequest),
    terms: {
      ttlMs: readTtlMs(fields),
      lockDelayMs: readLockDelayMs(fields),
      metadata: readMetadata(fields),
      sinceMs: integerField(fields, 'sinceMs', TIME),
      idempotency: readIdempotency(fields),
    },
  };
}

function readRequest(value: unknown): WaiterRecord['requests'][number] {
  const fields = fieldsOf(value, 'request');
  return { name: readName(fields), mode: readMode(fields), rank: readRank(fields) };
}

function readRank(fields: Fields): number {
  const rank = fields['rank'];
  if (typeof rank === 'number' && rank > 0 && Number.isInteger(2 * rank)) return rank;
  throw new MalformedValue('rank', 'a multiple of one half above 0');
}

function readIdempotency(fields: Fields): IdempotentRequest | null {
  if (fields['idempotency'] === null) return null;
  const request = fieldsOf(fields['idempotency'], 'idempotency');
  const limits = { charsMin: 0, charsMax: IDEMPOTENCY_CHARS_MAX };
  return {
    scope: textField(request, 'scope', limits),
    fingerprint: textField(request, 'fingerprint', limits),
  };
}
