import { decode, encode, MalformedError, TupleReader } from '../codec/tuple.js';
import type { CommandOutcome } from './command.js';

/** Positions are the format of the disk: append, never reorder. */
const OUTCOME_KINDS: readonly CommandOutcome['kind'][] = [
  'applied',
  'unknownProposer',
  'acknowledged',
  'idempotencyKeyReused',
  'idempotencyFull',
];

/** What one command of a proposer came to, as it stands on the disk. */
export interface OutcomeRecord {
  readonly sequence: number;
  /** Of the proposer, when the command was applied. */
  readonly acknowledgedBelow: number;
  readonly outcome: CommandOutcome;
}

/** A flat tuple: one is written for every command. */
export function encodeRecord(
  sequence: number,
  acknowledgedBelow: number,
  outcome: CommandOutcome,
): Uint8Array {
  const kind = OUTCOME_KINDS.indexOf(outcome.kind);
  if (outcome.kind !== 'applied') return encode([sequence, acknowledgedBelow, kind]);
  return encode([sequence, acknowledgedBelow, kind, outcome.replayed, outcome.result]);
}

/** @throws MalformedError */
export function readRecord(value: Uint8Array): OutcomeRecord {
  const reader = new TupleReader(decode(value));
  const sequence = reader.natural();
  const acknowledgedBelow = reader.natural();
  const kind = OUTCOME_KINDS[reader.natural()];
  if (kind !== 'applied') return { sequence, acknowledgedBelow, outcome: readOutcome({ kind }) };
  const replayed = reader.flag();
  return { sequence, acknowledgedBelow, outcome: { kind, result: reader.any(), replayed } };
}

/**
 * An outcome as a peer has told it.
 *
 * @throws MalformedError
 */
export function readOutcome(value: unknown): CommandOutcome {
  if (typeof value !== 'object' || value === null || !('kind' in value)) {
    throw new MalformedError('not an outcome');
  }
  switch (value.kind) {
    case 'applied':
      if (!('result' in value) || !('replayed' in value)) break;
      return { kind: 'applied', result: value.result, replayed: value.replayed === true };
    case 'unknownProposer':
    case 'acknowledged':
    case 'idempotencyKeyReused':
    case 'idempotencyFull':
      return { kind: value.kind };
  }
  throw new MalformedError('no such outcome');
}
