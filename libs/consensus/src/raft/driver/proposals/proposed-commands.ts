import { invariant } from '@sinkron/invariant';
import type { Command, CommandId, CommandOutcome, ProposerId } from '../../../group/command.js';
import type { LogIndex, ReplicaId, Term } from '../../core/identifiers.js';
import type { ProposalRefusal } from '../../core/role/leadership.js';
import {
  ENTRY_BYTES_MAX,
  ENTRY_COMMANDS_MAX,
  PROPOSALS_BYTES_MAX,
  PROPOSALS_MAX,
} from '../limits.js';

export type ProposalOutcome =
  | { readonly kind: 'applied'; readonly outcome: CommandOutcome }
  /** Certainly not appended here. */
  | {
      readonly kind: 'refused';
      readonly reason: ProposalRefusal;
      readonly leader: ReplicaId | null;
    }
  /** Appended, and leadership lost before it was applied: it may or may not be committed. */
  | { readonly kind: 'lost'; readonly leader: ReplicaId | null };

export type ProposalListener = (outcome: ProposalOutcome) => void;

/** A command that was proposed here and is not applied yet. */
export interface ProposedCommand {
  readonly bytes: Uint8Array;
  /** What the bytes decode to, so that they need not be decoded again when they are applied. */
  readonly command: Command;
  readonly done: ProposalListener;
  /** Who has proposed copies of it meanwhile. */
  readonly copies: ProposalListener[];
}

interface AppendedEntry {
  readonly term: Term;
  readonly batch: readonly ProposedCommand[];
}

/**
 * The commands proposed at this replica, from their arrival until they are applied, refused or lost.
 *
 * Invariant: every listener is told exactly once.
 */
export class ProposedCommands {
  private arrived: ProposedCommand[] = [];
  /** In entries that this replica appended as a leader and has not applied, by the entry's index. */
  private readonly appended = new Map<number, AppendedEntry>();
  /** All commands with an id, by proposer and sequence. */
  private readonly named = new Map<ProposerId, Map<number, ProposedCommand>>();
  /** Listeners, so copies too. */
  private count = 0;
  private bytes = 0;

  /** Whether no more may be proposed until something is applied. */
  get full(): boolean {
    return this.count >= PROPOSALS_MAX || this.bytes >= PROPOSALS_BYTES_MAX;
  }

  /** Commands that are not in an entry yet. */
  get waiting(): number {
    return this.arrived.length;
  }

  /**
   * Adds a command; a copy of one that is here is not appended again, but shares its outcome.
   * Otherwise each repetition by a caller whose leader is slow would make the leader slower.
   */
  add(bytes: Uint8Array, command: Command, done: ProposalListener): void {
    this.count += 1;
    const earlier = command.id === null ? undefined : this.find(command.id);
    if (earlier !== undefined) {
      earlier.copies.push(done);
      return;
    }
    const proposed = { bytes, command, done, copies: [] };
    this.bytes += bytes.byteLength;
    this.arrived.push(proposed);
    if (command.id !== null) this.name(command.id, proposed);
  }

  /** Takes what goes into the next entry, in the order of arrival. */
  takeBatch(): readonly ProposedCommand[] {
    let bytes = 0;
    let count = 0;
    for (const command of this.arrived) {
      bytes += command.bytes.byteLength;
      if (count > 0 && (bytes > ENTRY_BYTES_MAX || count >= ENTRY_COMMANDS_MAX)) break;
      count += 1;
    }
    return this.arrived.splice(0, count);
  }

  /** The batch stands in the entry that this replica appended as leader of `term`. */
  appendedAs(index: LogIndex, term: Term, batch: readonly ProposedCommand[]): void {
    this.appended.set(index, { term, batch });
  }

  /**
   * The commands of an entry, if it is one that was appended here. Another leader's entry may stand
   * at the same index: only index and term together name an entry's content.
   */
  commandsOf(index: LogIndex, term: Term): readonly Command[] | null {
    const entry = this.appended.get(index);
    return entry?.term === term ? entry.batch.map(({ command }) => command) : null;
  }

  /** The entry was applied: tells what its commands came to, or that they are out of sight. */
  applied(
    { index, term }: { readonly index: LogIndex; readonly term: Term },
    outcomes: readonly CommandOutcome[],
    leader: ReplicaId | null,
  ): void {
    const entry = this.appended.get(index);
    if (entry === undefined) return;
    this.appended.delete(index);
    if (entry.term !== term) return this.finish(entry.batch, { kind: 'lost', leader });
    entry.batch.forEach((command, position) => {
      const outcome = outcomes[position];
      invariant(outcome !== undefined, 'ProposedCommands: one outcome per command', {
        index,
        position,
      });
      this.tell(command, { kind: 'applied', outcome });
    });
  }

  /** Commands taken for an entry came to their end without it. */
  finish(batch: readonly ProposedCommand[], outcome: ProposalOutcome): void {
    for (const command of batch) this.tell(command, outcome);
  }

  /** What is in no entry yet will be in none. */
  refuseArrived(outcome: ProposalOutcome): void {
    this.finish(this.arrived.splice(0), outcome);
  }

  /** The leadership is lost: nothing more is known of what was appended. */
  abandonAppended(leader: ReplicaId | null): void {
    if (this.appended.size === 0) return;
    const abandoned = [...this.appended.values()];
    this.appended.clear();
    for (const { batch } of abandoned) this.finish(batch, { kind: 'lost', leader });
  }

  private tell(command: ProposedCommand, outcome: ProposalOutcome): void {
    const { id } = command.command;
    this.count -= 1 + command.copies.length;
    this.bytes -= command.bytes.byteLength;
    // First: who is told may propose it again.
    if (id !== null) this.unname(id);
    command.done(outcome);
    for (const done of command.copies) done(outcome);
  }

  private find(id: CommandId): ProposedCommand | undefined {
    return this.named.get(id.proposer)?.get(id.sequence);
  }

  private name(id: CommandId, command: ProposedCommand): void {
    const ofProposer = this.named.get(id.proposer);
    if (ofProposer === undefined) {
      this.named.set(id.proposer, new Map([[id.sequence, command]]));
    } else {
      ofProposer.set(id.sequence, command);
    }
  }

  private unname(id: CommandId): void {
    const ofProposer = this.named.get(id.proposer);
    ofProposer?.delete(id.sequence);
    if (ofProposer?.size === 0) this.named.delete(id.proposer);
  }
}
