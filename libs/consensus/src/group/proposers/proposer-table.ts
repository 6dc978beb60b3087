import { invariant } from '@sinkron/invariant';
import { decode, encode, MalformedError, TupleReader } from '../../codec/tuple.js';
import type { LogIndex } from '../../raft/core/identifiers.js';
import { proposerId, type CommandId, type CommandOutcome, type ProposerId } from '../command.js';
import { PROPOSER_WINDOW } from '../limits.js';
import { encodeRecord, readRecord, type OutcomeRecord } from '../outcome-record.js';
import type { StateTables } from '../replicated-machine.js';
import { readAtOnce, type Rereading } from '../rereading.js';

const PROPOSERS = 'proposers';
const CLOSINGS = 'closings';
const RESULTS = 'results';

export interface Proposer {
  readonly id: ProposerId;
  readonly nodeId: string;
  /** The process of that node that opened it; another one means that this one is gone. */
  readonly incarnation: string;
}

/** Whether a proposer is open now; if not, what its node has to know to open one. */
export type Opening =
  | { readonly opened: true }
  /** A proposer of the node was closed by this entry, which the opening did not know of. */
  | { readonly opened: false; readonly closing: number };

interface OpenProposer extends Proposer {
  /** Keys its results; no other open proposer has the same. */
  readonly number: number;
  acknowledgedBelow: number;
  /**
   * What its commands came to, a set: they may be applied in any order. A slot holds the outcome of
   * the only sequence at or above `acknowledgedBelow` and within the window that belongs there.
   */
  readonly outcomes: (CommandOutcome | undefined)[];
  /** Keys of the slots that are on the disk. */
  readonly slotKeys: (string | undefined)[];
}

export type Admission =
  { readonly kind: 'new' } | { readonly kind: 'repeated'; readonly outcome: CommandOutcome };

const NEW: Admission = { kind: 'new' };
const REFUSED: Admission = { kind: 'repeated', outcome: { kind: 'unknownProposer' } };
const ACKNOWLEDGED: Admission = { kind: 'repeated', outcome: { kind: 'acknowledged' } };

/**
 * Exactly-once application: which proposers exist and what their latest commands came to
 * (Raft thesis §6.3, with a set of results in place of the last one, for a proposer has many
 * commands under way and any of them may be lost and retried).
 *
 * Results are kept in a ring of slots on disk, overwritten and never deleted one by one; the
 * newest record of a proposer carries its `acknowledgedBelow`, which tells the stale slots.
 */
export class ProposerTable {
  private proposers = new Map<ProposerId, OpenProposer>();
  /** The entry that closed the latest closed proposer of each node: one record a node, for ever. */
  private closings = new Map<string, number>();

  constructor(private readonly tables: StateTables) {
    readAtOnce(this.reread());
  }

  /** Reads the tables anew, as at start; see `ReplicatedMachine.reread`. */
  *reread(): Rereading {
    const { tables } = this;
    const proposers = new Map<ProposerId, OpenProposer>();
    const numbered = new Map<number, OpenProposer>();
    for (const [key, value] of tables.range(PROPOSERS)) {
      const proposer = restored(proposerId(key), value);
      proposers.set(proposer.id, proposer);
      numbered.set(proposer.number, proposer);
      yield;
    }
    const closings = new Map<string, number>();
    for (const [nodeId, value] of tables.range(CLOSINGS)) {
      closings.set(nodeId, new TupleReader(decode(value)).natural());
      yield;
    }
    const results: (OutcomeRecord & { readonly key: string; readonly proposer: OpenProposer })[] =
      [];
    for (const [key, value] of tables.range(RESULTS)) {
      const proposer = numbered.get(Number.parseInt(key, 10));
      if (proposer === undefined) throw new MalformedError('a result without its proposer');
      const record = readRecord(value);
      proposer.acknowledgedBelow = Math.max(proposer.acknowledgedBelow, record.acknowledgedBelow);
      results.push({ ...record, key, proposer });
      yield;
    }
    for (const { key, proposer, sequence, outcome } of results) {
      const slot = sequence % PROPOSER_WINDOW;
      proposer.slotKeys[slot] = key;
      if (sequence >= proposer.acknowledgedBelow) proposer.outcomes[slot] = outcome;
      yield;
    }
    return () => {
      this.proposers = proposers;
      this.closings = closings;
    };
  }

  list(): readonly Proposer[] {
    return [...this.proposers.values()];
  }

  get(id: ProposerId): Proposer | undefined {
    return this.proposers.get(id);
  }

  /**
   * Opens a proposer whose node knows of the closing `knownClosing` (the index of an entry, 0 for
   * none): a late copy of the opening of a closed one does not, so it cannot open it again, after
   * which copies of its commands would be applied a second time.
   */
  open(proposer: Proposer, knownClosing: number): Opening {
    if (this.proposers.has(proposer.id)) return { opened: true };
    const { id, nodeId, incarnation } = proposer;
    const closing = this.closings.get(nodeId) ?? 0;
    if (closing > knownClosing) return { opened: false, closing };
    let number = 1;
    for (const open of this.proposers.values()) number = Math.max(number, open.number + 1);
    this.proposers.set(id, opened(proposer, number));
    this.tables.put(PROPOSERS, id, encode([nodeId, incarnation, number]));
    return { opened: true };
  }

  /**
   * Closes a proposer by the entry `index`: its late commands are refused for ever.
   *
   * @returns whether it was open.
   */
  close(id: ProposerId, index: LogIndex): boolean {
    const proposer = this.proposers.get(id);
    if (proposer === undefined) return false;
    this.proposers.delete(id);
    this.tables.remove(PROPOSERS, id);
    for (const key of proposer.slotKeys) {
      if (key !== undefined) this.tables.remove(RESULTS, key);
    }
    this.closings.set(proposer.nodeId, index);
    this.tables.put(CLOSINGS, proposer.nodeId, encode([index]));
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
    if (sequence < proposer.acknowledgedBelow) return ACKNOWLEDGED;
    if (sequence < proposer.acknowledgedBelow + PROPOSER_WINDOW) {
      const outcome = proposer.outcomes[sequence % PROPOSER_WINDOW];
      if (outcome !== undefined) return { kind: 'repeated', outcome };
    }
    // No proposer of ours leaves its window; a faulty one must not stop the replicas.
    const below = Math.max(command.acknowledgedBelow, proposer.acknowledgedBelow);
    if (sequence < below || sequence >= below + PROPOSER_WINDOW) return REFUSED;
    forget(proposer, below);
    return NEW;
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
    const slot = command.sequence % PROPOSER_WINDOW;
    proposer.outcomes[slot] = outcome;
    const key = (proposer.slotKeys[slot] ??= `${proposer.number}/${slot}`);
    const { acknowledgedBelow } = proposer;
    this.tables.put(RESULTS, key, encodeRecord(command.sequence, acknowledgedBelow, outcome));
  }
}

function restored(id: ProposerId, value: Uint8Array): OpenProposer {
  const reader = new TupleReader(decode(value));
  const proposer = { id, nodeId: reader.text(), incarnation: reader.text() };
  return opened(proposer, reader.natural());
}

function opened({ id, nodeId, incarnation }: Proposer, number: number): OpenProposer {
  const outcomes = Array.from({ length: PROPOSER_WINDOW }, () => undefined);
  return {
    id,
    nodeId,
    incarnation,
    number,
    acknowledgedBelow: 0,
    outcomes,
    slotKeys: [...outcomes],
  };
}

/** Empties the slots of what is acknowledged now, for their next sequences. */
function forget(proposer: OpenProposer, below: number): void {
  const from = Math.max(proposer.acknowledgedBelow, below - PROPOSER_WINDOW);
  for (let sequence = from; sequence < below; sequence += 1) {
    proposer.outcomes[sequence % PROPOSER_WINDOW] = undefined;
  }
  proposer.acknowledgedBelow = below;
}
