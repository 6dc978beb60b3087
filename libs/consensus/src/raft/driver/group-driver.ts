import { invariant } from '@sinkron/invariant';
import { encodeBatch, type CommandOutcome } from '../../group/command.js';
import type { GroupMachine } from '../../group/group-machine.js';
import {
  logIndex,
  term as asTerm,
  type LogIndex,
  type ReplicaId,
  type Term,
} from '../core/identifiers.js';
import type { Instant } from '../core/instant.js';
import { readId, type ReadId } from '../core/lease/read-queue.js';
import type { Raft } from '../core/raft.js';
import type { ProposalRefusal } from '../core/role/leadership.js';
import {
  APPLY_BYTES_MAX,
  APPLY_ENTRIES_MAX,
  ENTRY_BYTES_MAX,
  ENTRY_COMMANDS_MAX,
  GATHERED_COMMANDS_MAX,
  PROPOSALS_BYTES_MAX,
  PROPOSALS_MAX,
} from './limits.js';
import type { GroupState } from './ports.js';

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

export type ReadOutcome =
  { readonly kind: 'ready' } | { readonly kind: 'refused'; readonly leader: ReplicaId | null };

interface PendingCommand {
  readonly bytes: Uint8Array;
  readonly done: (outcome: ProposalOutcome) => void;
}

interface PendingRead {
  readonly done: (outcome: ReadOutcome) => void;
  /** Known once a majority has confirmed the leader. */
  readIndex: LogIndex | null;
}

/**
 * Drives one replica of one group: proposals are gathered into entries, committed entries applied
 * and answered, reads answered when the state is recent enough. Deterministic: all it knows of the
 * world comes in through its methods.
 */
export class GroupDriver {
  private arrived: PendingCommand[] = [];
  private arrivedReads: ((outcome: ReadOutcome) => void)[] = [];
  /** Commands in entries of this leader that are not applied yet, by the entry's index. */
  private readonly appended = new Map<
    number,
    { term: Term; commands: readonly PendingCommand[] }
  >();
  private pendingCommands = 0;
  private pendingBytes = 0;
  private readonly reads = new Map<ReadId, PendingRead>();
  private lastReadId = 0;
  /** The term whose first entry is applied here while this replica leads it. */
  private leadingTerm: Term | null = null;

  constructor(
    readonly group: string,
    readonly raft: Raft,
    readonly machine: GroupMachine,
    private readonly state: GroupState,
  ) {}

  get appliedIndex(): LogIndex {
    return logIndex(this.state.appliedIndex);
  }

  /** Whether this replica leads and has applied everything that earlier leaders committed. */
  get leads(): boolean {
    return this.leadingTerm !== null;
  }

  /** Proposes an encoded command; `done` is called exactly once, later. */
  propose(bytes: Uint8Array, done: (outcome: ProposalOutcome) => void): void {
    if (this.pendingCommands >= PROPOSALS_MAX || this.pendingBytes >= PROPOSALS_BYTES_MAX) {
      done({ kind: 'refused', reason: 'overloaded', leader: this.raft.leader });
      return;
    }
    this.pendingCommands += 1;
    this.pendingBytes += bytes.byteLength;
    this.arrived.push({ bytes, done });
  }

  /** Calls `done` when the state includes all that was answered before this call. */
  read(done: (outcome: ReadOutcome) => void): void {
    this.arrivedReads.push(done);
  }

  /** Whether the applied state may be read at `instant` without asking anybody. */
  leaseValidAt(instant: Instant): boolean {
    return this.leads && this.raft.leaseValidAt(instant);
  }

  tick(instant: Instant): void {
    this.raft.tick(instant);
    for (const command of this.machine.tick(instant)) {
      this.propose(command.bytes, (outcome) => {
        if (outcome.kind === 'refused') command.refused();
      });
    }
  }

  /**
   * Works off what has arrived.
   *
   * @param diskBusy a flush is under way: what arrives meanwhile is gathered into one entry, for it
   * could not be committed any sooner, and each entry costs every replica a flush and messages.
   * @returns whether more is left for another turn.
   */
  run(instant: Instant, diskBusy = false): boolean {
    if (!diskBusy || this.arrived.length >= GATHERED_COMMANDS_MAX) this.appendArrived(instant);
    this.requestReads(instant);
    const more = this.applyCommitted(instant);
    this.followRole(instant);
    this.settleReads();
    return more;
  }

  private appendArrived(instant: Instant): void {
    while (this.arrived.length > 0) {
      const commands = this.takeBatch();
      const payload = encodeBatch(commands.map((command) => command.bytes));
      const proposal = this.raft.propose([payload], instant);
      if (proposal.kind === 'refused') {
        const { leader } = this.raft;
        this.finish(commands, () => ({ kind: 'refused', reason: proposal.reason, leader }));
        continue;
      }
      this.appended.set(proposal.firstIndex, { term: proposal.term, commands });
    }
  }

  private takeBatch(): readonly PendingCommand[] {
    let bytes = 0;
    let count = 0;
    for (const command of this.arrived) {
      bytes += command.bytes.byteLength;
      if (count > 0 && (bytes > ENTRY_BYTES_MAX || count >= ENTRY_COMMANDS_MAX)) break;
      count += 1;
    }
    return this.arrived.splice(0, count);
  }

  private requestReads(instant: Instant): void {
    if (this.arrivedReads.length === 0) return;
    // One round serves all reads of a turn.
    const batch = this.arrivedReads.splice(0);
    this.lastReadId += 1;
    const id = readId(this.lastReadId);
    const done = (outcome: ReadOutcome): void => batch.forEach((answer) => answer(outcome));
    if (this.raft.requestRead(id, instant) === 'waiting') {
      this.reads.set(id, { done, readIndex: null });
    } else {
      done({ kind: 'refused', leader: this.raft.leader });
    }
  }

  private applyCommitted(instant: Instant): boolean {
    const end = Math.min(this.raft.applicableIndex, this.state.appliedIndex + APPLY_ENTRIES_MAX);
    let from = this.state.appliedIndex + 1;
    // A saturated store wakes the group when it has drained.
    if (from > end || this.state.saturated) return false;
    const entries = this.raft.entries(logIndex(from), logIndex(end + 1), APPLY_BYTES_MAX);
    for (const entry of entries) {
      invariant(entry.index === from, 'GroupDriver: applies in order', {
        index: entry.index,
        from,
      });
      const outcomes = this.machine.apply(entry, instant);
      this.state.markApplied(entry.index, entry.term);
      this.answer(entry.index, entry.term, outcomes);
      this.followRole(instant);
      from += 1;
    }
    return this.state.appliedIndex < this.raft.applicableIndex;
  }

  private answer(index: LogIndex, term: Term, outcomes: readonly CommandOutcome[]): void {
    const appended = this.appended.get(index);
    if (appended === undefined) return;
    this.appended.delete(index);
    if (appended.term !== term) {
      const { leader } = this.raft;
      this.finish(appended.commands, () => ({ kind: 'lost', leader }));
      return;
    }
    this.finish(appended.commands, (position) => {
      const outcome = outcomes[position];
      invariant(outcome !== undefined, 'GroupDriver: one outcome per command', { index, position });
      return { kind: 'applied', outcome };
    });
  }

  private finish(
    commands: readonly PendingCommand[],
    outcomeOf: (position: number) => ProposalOutcome,
  ): void {
    commands.forEach((command, position) => {
      this.pendingCommands -= 1;
      this.pendingBytes -= command.bytes.byteLength;
      command.done(outcomeOf(position));
    });
  }

  /** Starts the leader's duties once the term's first entry is applied, stops them with the role. */
  private followRole(instant: Instant): void {
    const { leadership, term } = this.raft;
    if (this.leadingTerm !== null && (leadership === undefined || term !== this.leadingTerm)) {
      this.leadingTerm = null;
      this.machine.stopLeading();
    }
    if (leadership === undefined) {
      this.abandonAppended();
    } else if (this.leadingTerm === null && this.appliedIndex >= leadership.termStartIndex) {
      this.leadingTerm = asTerm(term);
      this.machine.startLeading(term, instant);
    }
  }

  private abandonAppended(): void {
    if (this.appended.size === 0) return;
    const abandoned = [...this.appended.values()];
    this.appended.clear();
    const { leader } = this.raft;
    for (const { commands } of abandoned) this.finish(commands, () => ({ kind: 'lost', leader }));
  }

  private settleReads(): void {
    const { confirmed, lost } = this.raft.takeReads();
    for (const { id, readIndex } of confirmed) {
      const read = this.reads.get(id);
      if (read !== undefined) read.readIndex = readIndex;
    }
    for (const id of lost) {
      this.reads.get(id)?.done({ kind: 'refused', leader: this.raft.leader });
      this.reads.delete(id);
    }
    for (const [id, read] of this.reads) {
      if (read.readIndex === null || read.readIndex > this.state.appliedIndex) continue;
      this.reads.delete(id);
      read.done({ kind: 'ready' });
    }
  }
}
