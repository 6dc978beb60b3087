import { MalformedError, readOutcome, type CommandOutcome } from '@sinkron/consensus';

const REASONS = [
  'notLeader',
  'noQuorum',
  'overloaded',
  'transferring',
  'storageFull',
  'noReplica',
] as const;
export type RefusalReason = (typeof REASONS)[number];

/** Why a node did not do what it was asked; certainly nothing was appended. */
export interface Refusal {
  readonly kind: 'refused';
  readonly reason: RefusalReason;
  /** Who leads, as far as the asked node knows, and in which term. */
  readonly leader: string | null;
  readonly term: number;
}

export type ProposeReply =
  | { readonly kind: 'outcome'; readonly outcome: CommandOutcome }
  /** Appended and then out of sight: it may or may not be committed. */
  | { readonly kind: 'lost' }
  | Refusal;

export type ReadReply = { readonly kind: 'result'; readonly result: unknown } | Refusal;

/** @throws MalformedError */
export function readProposeReply(value: unknown): ProposeReply {
  const reply = asObject(value);
  switch (reply.kind) {
    case 'outcome':
      return { kind: 'outcome', outcome: readOutcome(reply.outcome) };
    case 'lost':
      return { kind: 'lost' };
    default:
      return readRefusal(reply);
  }
}

/** @throws MalformedError */
export function readReadReply(value: unknown): ReadReply {
  const reply = asObject(value);
  if (reply.kind === 'result') return { kind: 'result', result: reply.result };
  return readRefusal(reply);
}

function readRefusal(reply: Readonly<Record<string, unknown>>): Refusal {
  const { kind, leader, term } = reply;
  const reason = REASONS.find((known) => known === reply.reason);
  if (kind !== 'refused' || reason === undefined || typeof term !== 'number') {
    throw new MalformedError('not a reply');
  }
  return { kind, reason, leader: typeof leader === 'string' ? leader : null, term };
}

function asObject(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) throw new MalformedError('not a reply');
  return { ...value };
}
