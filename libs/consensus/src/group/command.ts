import { decode, encode, TupleReader } from '../codec/tuple.js';

/** Who proposes: one per node, group and opening; unique for ever. */
export type ProposerId = string & { readonly __brand: 'ProposerId' };
export const proposerId = (value: string): ProposerId => value as ProposerId;

/** Names a command for ever, so that it is applied once across retries and leaders. */
export interface CommandId {
  readonly proposer: ProposerId;
  readonly sequence: number;
  /** Every result below this sequence has reached the proposer and may be forgotten. */
  readonly acknowledgedBelow: number;
}

export interface IdempotencyScope {
  /** Principal, method, path and key, joined. */
  readonly scope: string;
  /** Digest of the request's body: another body under the same key is refused. */
  readonly fingerprint: string;
}

/** One command as it stands in a log entry. */
export interface Command {
  readonly machine: string;
  readonly body: unknown;
  /** Null for the leader's own commands (expiries, openings), which are idempotent by themselves. */
  readonly id: CommandId | null;
  readonly idempotency: IdempotencyScope | null;
}

/** What applying a command came to. Kept until the proposer acknowledges it. */
export type CommandOutcome =
  | {
      readonly kind: 'applied';
      readonly result: unknown;
      readonly replayed: boolean;
      /** See `Applied.present`; never kept. */
      readonly present?: () => unknown;
    }
  /** The proposer was never opened or is closed: whether an earlier try was applied is unknown. */
  | { readonly kind: 'unknownProposer' }
  /** A late copy of a command whose result was acknowledged or given up. */
  | { readonly kind: 'acknowledged' }
  | { readonly kind: 'idempotencyKeyReused' }
  /** The group remembers as many idempotency keys as it may; nothing was applied. */
  | { readonly kind: 'idempotencyFull' };

export function encodeCommand(command: Command): Uint8Array {
  const { machine, body, id, idempotency } = command;
  return encode([
    machine,
    body,
    id === null ? null : [id.proposer, id.sequence, id.acknowledgedBelow],
    idempotency === null ? null : [idempotency.scope, idempotency.fingerprint],
  ]);
}

/** @throws MalformedError */
export function decodeCommand(bytes: Uint8Array): Command {
  const reader = new TupleReader(decode(bytes));
  const machine = reader.text();
  const body = reader.any();
  const id = reader.any();
  const idempotency = reader.any();
  return {
    machine,
    body,
    id: id === null ? null : readCommandId(id),
    idempotency: idempotency === null ? null : readScope(idempotency),
  };
}

/** The payload of a `commands` entry: one or more encoded commands. */
export function encodeBatch(commands: readonly Uint8Array[]): Uint8Array {
  return encode(commands);
}

/** @throws MalformedError */
export function decodeBatch(data: Uint8Array): readonly Command[] {
  const reader = new TupleReader([decode(data)]);
  return reader.list().map((item) => decodeCommand(new TupleReader([item]).bytes()));
}

function readCommandId(value: unknown): CommandId {
  const reader = new TupleReader(value);
  return {
    proposer: proposerId(reader.text()),
    sequence: reader.natural(),
    acknowledgedBelow: reader.natural(),
  };
}

function readScope(value: unknown): IdempotencyScope {
  const reader = new TupleReader(value);
  return { scope: reader.text(), fingerprint: reader.text() };
}
