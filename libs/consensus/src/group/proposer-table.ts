import { invariant } from '@sinkron/invariant';
import { decode, encode, MalformedError, TupleReader } from '../codec/tuple.js';
import { proposerId, type CommandId, type CommandOutcome, type ProposerId } from './command.js';
import { PROPOSER_WINDOW } from './limits.js';
import type { StateTables } from './replicated-machine.js';

const PROPOSERS = 'proposers';
const RESULTS = 'results';

export interface Proposer {
  readonly id: ProposerId;
  readonly nodeId: string;
  /** The process of that node that opened it; another one means that this one is gone. */
  readonly incarnation: string;
}

interface OpenProposer extends Proposer {
  acknowledgedBelow: number;
  /** Results above `acknowledgedBelow`, a set: commands may be applied in any order. */
  readonly results: Map<number, CommandOutcome>;
}

export type Admission =
  { readonly kind: 'new' } | { readonly kind: 'repeated'; readonly outcome: CommandOutcome };

const REFUSED: Admission = { kind: 'repeated', outcome: { kind: 'unknownProposer' } };

/**
 * Exactly-once application: which proposers exist and what their latest commands came to
 * (Raft thesis §6.3, with a set of results in place of the last one, for a proposer has many
 * commands under way and any of them may be lost and retried).
 *
 * Results are kept in a ring of slots on disk, overwritten and never deleted one by one; the
 * newest record of a proposer carries its `acknowledgedBelow`, which tells the stale slots.
 */
export class ProposerTable {
  private readonly proposers = new Map<ProposerId, OpenProposer>();

  constructor(private readonly tables: StateTables) {
    for (const [id, value] of tables.range(PROPOSERS)) this.restore(proposerId(id), value);
    for (const [, value] of tables.range(RESULTS)) this.restoreResult(value);
    for (const proposer of this.proposers.values()) prune(proposer, proposer.acknowledgedBelow);
  }

  list(): readonly Proposer[] {
    return [...this.proposers.values()];
  }

  has(id: ProposerId): boolean {
    return this.proposers.has(id);
  }

  open(proposer: Proposer): void {
    if (this.proposers.has(proposer.id)) return;
    const { id, nodeId, incarnation } = proposer;
    this.proposers.set(id, { id, nodeId, incarnation, acknowledgedBelow: 0, results: new Map() });
    this.tables.put(PROPOSERS, id, encode([nodeId, incarnation]));
  }

  /** A closed proposer's late commands are refused for ever. @returns whether it was open. */
  close(id: ProposerId): boolean {
    const proposer = this.proposers.get(id);
    if (proposer === undefined) return false;
    this.proposers.delete(id);
    this.tables.remove(PROPOSERS, id);
    for (let slot = 0; slot < PROPOSER_WINDOW; slot += 1) {
      this.tables.remove(RESULTS, slotKey(id, slot));
    }
    return true;
  }

  /**
   * Decides whether a command is to be applied, or was before.
   *
   * Only an admitted command moves `acknowledgedBelow`, for only its record keeps it on the disk: a
   * replica that was restarted must decide like one that was not.
   */
  admit(command: CommandId): Admission {
    const proposer = this.proposers.get(command.proposer);
    if (proposer === undefined) return REFUSED;
    const { sequence } = command;
    if (sequence < proposer.acknowledgedBelow) {
      return { kind: 'repeated', outcome: { kind: 'acknowledged' } };
    }
    const outcome = proposer.results.get(sequence);
    if (outcome !== undefined) return { kind: 'repeated', outcome };
    // No proposer of ours leaves its window; a faulty one must not stop the replicas.
    const below = Math.max(command.acknowledgedBelow, proposer.acknowledgedBelow);
    if (sequence < below || sequence >= below + PROPOSER_WINDOW) return REFUSED;
    prune(proposer, below);
    return { kind: 'new' };
  }

  /** Keeps the outcome of an admitted command. */
  record(command: CommandId, outcome: CommandOutcome): void {
    const proposer = this.proposers.get(command.proposer);
    invariant(proposer !== undefined, 'ProposerTable: records for open proposers', { command });
    invariant(
      command.sequence < proposer.acknowledgedBelow + PROPOSER_WINDOW,
      'ProposerTable: sequences stay in the window',
      { command, acknowledgedBelow: proposer.acknowledgedBelow },
    );
    proposer.results.set(command.sequence, outcome);
    const record = [command.proposer, command.sequence, proposer.acknowledgedBelow, outcome];
    this.tables.put(RESULTS, slotKey(command.proposer, command.sequence), encode(record));
  }

  private restore(id: ProposerId, value: Uint8Array): void {
    const reader = new TupleReader(decode(value));
    const nodeId = reader.text();
    const incarnation = reader.text();
    this.proposers.set(id, { id, nodeId, incarnation, acknowledgedBelow: 0, results: new Map() });
  }

  private restoreResult(value: Uint8Array): void {
    const reader = new TupleReader(decode(value));
    const proposer = this.proposers.get(proposerId(reader.text()));
    if (proposer === undefined) throw new MalformedError('a result without its proposer');
    const sequence = reader.natural();
    proposer.acknowledgedBelow = Math.max(proposer.acknowledgedBelow, reader.natural());
    proposer.results.set(sequence, readOutcome(reader.any()));
  }
}

function prune(proposer: OpenProposer, below: number): void {
  proposer.acknowledgedBelow = below;
  // Results are inserted nearly in order: the acknowledged ones stand first.
  for (const sequence of proposer.results.keys()) {
    if (sequence < below) proposer.results.delete(sequence);
    else if (sequence >= below + PROPOSER_WINDOW / 2) break;
  }
}

function slotKey(id: ProposerId, sequence: number): string {
  return `${id}/${sequence % PROPOSER_WINDOW}`;
}

/** @throws MalformedError */
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
