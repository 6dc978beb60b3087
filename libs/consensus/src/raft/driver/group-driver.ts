import { invariant } from '@sinkron/invariant';
import { decodeCommand, encodeBatch, type Command } from '../../group/command.js';
import type { DutyCommand, GroupMachine, MachineNotice } from '../../group/group-machine.js';
import {
  logIndex,
  term as asTerm,
  type LogIndex,
  type ReplicaId,
  type Term,
} from '../core/identifiers.js';
import type { Instant } from '../core/instant.js';
import { readId, type ReadId } from '../core/lease/read-queue.js';
import type { Configuration } from '../core/membership/configuration.js';
import type { ChangeOutcome, MembersChange } from '../core/membership/members-change.js';
import type { ReplicaStatus } from '../core/progress/replica-status.js';
import type { Raft } from '../core/raft.js';
import { LogRetention } from './compaction/log-retention.js';
import {
  APPLY_BYTES_MAX,
  APPLY_COMMANDS_MAX,
  APPLY_ENTRIES_MAX,
  GATHERED_COMMANDS_MAX,
  LOG_KEEPING,
  RELOAD_STEPS_PER_TURN,
  type LogKeeping,
} from './limits.js';
import {
  ProposedCommands,
  type ProposalListener,
  type ProposalOutcome,
} from './proposals/proposed-commands.js';
import { keepMembers, membersOf } from './members-record.js';
import type { GroupState } from './ports.js';
import { QuietLeader } from './timing/quiet-leader.js';
import { ReplicaNews } from './replica-news.js';
import { GroupSnapshots } from './snapshot/group-snapshots.js';
import type { SnapshotTrouble } from './snapshot/snapshot-trouble.js';

export type { ProposalOutcome };

export type ReadOutcome =
  { readonly kind: 'ready' } | { readonly kind: 'refused'; readonly leader: ReplicaId | null };

interface PendingRead {
  readonly done: (outcome: ReadOutcome) => void;
  /** Known once a majority has confirmed the leader. */
  readIndex: LogIndex | null;
}

export interface GroupDriverOptions {
  readonly group: string;
  readonly raft: Raft;
  readonly machine: GroupMachine;
  readonly state: GroupState;
  /** The members before the state has a configuration of its own. */
  readonly founders: Configuration;
  readonly logKeeping?: LogKeeping | undefined;
}

/**
 * Drives one replica of one group: proposals are gathered into entries, committed entries applied
 * and answered, reads answered when the state is recent enough. Deterministic: all it knows of the
 * world comes in through its methods.
 */
export class GroupDriver {
  private readonly proposed = new ProposedCommands();
  private arrivedReads: ((outcome: ReadOutcome) => void)[] = [];
  private readonly reads = new Map<ReadId, PendingRead>();
  private lastReadId = 0;
  /** The term whose first entry is applied here while this replica leads it. */
  private leadingTerm: Term | null = null;
  /** The machine is to be asked what follows from what was started or applied. */
  private stirred = false;
  /** The machine reads the tables that a snapshot has brought; until then nothing is applied. */
  private reloading: Generator<undefined, void> | null = null;
  private readonly quietLeader = new QuietLeader();
  readonly snapshots: GroupSnapshots;
  private readonly retention: LogRetention;
  private wake: () => void = () => {};
  private troubleListener: (trouble: SnapshotTrouble) => void = () => {};
  /** Told after each run. */
  readonly news: ReplicaNews;
  readonly group: string;
  readonly raft: Raft;
  readonly machine: GroupMachine;
  private readonly state: GroupState;

  constructor(options: GroupDriverOptions) {
    const { group, raft, machine, state, founders, logKeeping = LOG_KEEPING } = options;
    this.group = group;
    this.raft = raft;
    this.machine = machine;
    this.state = state;
    this.news = new ReplicaNews(raft);
    this.snapshots = new GroupSnapshots({
      raft,
      state,
      members: () => membersOf(state, founders),
      replaced: () => this.replaced(),
      wake: () => this.wake(),
      troubled: (trouble) => this.troubleListener(trouble),
    });
    this.retention = new LogRetention(logKeeping, raft.logBase.index, state.appliedIndex);
  }

  /** Sets who lets this group run when the state's disk has done something. */
  onDisk(wake: () => void): void {
    this.wake = wake;
  }

  /** Sets who hears that a snapshot to or from this replica has to start again. */
  onSnapshotTrouble(listener: (trouble: SnapshotTrouble) => void): void {
    this.troubleListener = listener;
  }

  get appliedIndex(): LogIndex {
    return logIndex(this.state.appliedIndex);
  }

  /** Whether this replica leads and has applied everything that earlier leaders committed. */
  get leads(): boolean {
    return this.leadingTerm !== null;
  }

  /**
   * Proposes an encoded command of a node; `done` is called exactly once. A copy of a command that
   * is under way here shares its outcome.
   *
   * @throws MalformedError for what no node of this version proposes; nothing was appended.
   */
  propose(bytes: Uint8Array, done: ProposalListener): void {
    const command = decodeCommand(bytes);
    this.machine.check(command);
    this.add(bytes, command, done);
  }

  /** Begins a change of the members, see `Raft.changeMembers`; a `run` has to follow. */
  changeMembers(change: MembersChange, instant: Instant): ChangeOutcome {
    return this.raft.changeMembers(change, instant);
  }

  /** What this replica knows of every replica of the group while it leads; else nothing. */
  replicaStatuses(): readonly ReplicaStatus[] {
    return this.raft.leadership?.statuses() ?? [];
  }

  /**
   * Ends: whoever waits for this replica is told that it does not know. Neither `tick` nor `run` may
   * be called any more.
   */
  stop(): void {
    const { leader } = this.raft;
    this.wake = () => {};
    if (this.leadingTerm !== null) this.machine.stopLeading();
    this.leadingTerm = null;
    this.proposed.abandonAppended(leader);
    this.proposed.refuseArrived({ kind: 'refused', reason: 'notLeader', leader });
    const waiting = [...this.reads.values()].map(({ done }) => done);
    for (const done of [...waiting, ...this.arrivedReads.splice(0)]) {
      done({ kind: 'refused', leader });
    }
    this.reads.clear();
    this.snapshots.stop();
  }

  /** Calls `done` when the state includes all that was answered before this call. */
  read(done: (outcome: ReadOutcome) => void): void {
    this.arrivedReads.push(done);
  }

  /** Whether the applied state may be read at `instant` without asking anybody. */
  leaseValidAt(instant: Instant): boolean {
    return this.leads && this.raft.leaseValidAt(instant);
  }

  /**
   * One heartbeat.
   *
   * @param streamsMax how many snapshots this replica may be sending.
   * @param beat the number of the heartbeat interval: leaders that are quiet all leave the same ones out.
   * @returns whether a `run` has to follow. Most idle replicas are followers, and have none to do.
   */
  tick(instant: Instant, streamsMax = 0, beat = 0): boolean {
    const { leadership, leader, lastIndex } = this.raft;
    const quiet = this.proposed.waiting === 0 && leadership?.quiet === true;
    if (!this.quietLeader.skips(beat, quiet, lastIndex)) this.raft.tick(instant);
    this.snapshots.tick(streamsMax);
    // What else there is to do for a follower has woken it, or comes with its leader's next heartbeat.
    const follows = leadership === undefined && this.raft.roleName === 'follower';
    if (follows && this.leadingTerm === null && this.raft.leader === leader) {
      return this.snapshots.busy;
    }
    this.proposeOwn(this.machine.tick(instant));
    // What was refused may be wanted again, though nothing is applied.
    this.stirred = true;
    return true;
  }

  /** What the nodes of proposers should hear; taken after each `run`. */
  takeNotices(): readonly MachineNotice[] {
    return this.machine.takeNotices();
  }

  /**
   * Works off what has arrived.
   *
   * While an earlier entry is on its way to a majority, what arrives is gathered into one entry, up
   * to a limit: measured at 16 connections it answers 1.5 times as many, at 64 as many, and each
   * connection sooner.
   *
   * @param diskBusy a flush is under way: an entry could not be committed any sooner.
   * @returns whether more is left for another turn.
   */
  run(instant: Instant, diskBusy = false): boolean {
    const streaming = this.snapshots.run(instant);
    const reloading = this.reload();
    const gathers = diskBusy || this.raft.awaitsCommit(instant);
    const full = this.proposed.waiting >= GATHERED_COMMANDS_MAX;
    if ((full || !gathers) && !this.wakes(instant)) this.appendArrived(instant);
    this.requestReads(instant);
    const more = this.applyCommitted(instant);
    this.followRole(instant);
    this.settleReads();
    const followed = this.followUp();
    if (!diskBusy) this.compact();
    this.news.tell();
    return more || followed || streaming || reloading;
  }

  /**
   * Whether what arrived at a leader that was quiet has to wait for an answer to its heartbeat, which is
   * under way: one tick later it refuses without one.
   */
  private wakes(instant: Instant): boolean {
    if (this.proposed.waiting === 0 || !this.quietLeader.asleep) return false;
    return this.raft.leadership?.hearsMajority(instant) === false;
  }

  /** Reads some of the replaced tables. @returns whether more is left for another turn. */
  private reload(): boolean {
    for (let step = 0; this.reloading !== null && step < RELOAD_STEPS_PER_TURN; step += 1) {
      if (this.reloading.next().done === true) this.reloading = null;
    }
    return this.reloading !== null;
  }

  /** Forgets the next part of the log, when the state has it on its disk and enough is behind it. */
  private compact(): void {
    const { raft, state, snapshots } = this;
    const end = Math.min(state.flushedIndex, raft.applicableIndex, snapshots.lowestPoint);
    const through = this.retention.next(end);
    if (through === null) return;
    raft.compact(logIndex(through));
    this.retention.compacted(through);
  }

  /** The state is that of a snapshot now. */
  private replaced(): void {
    // No leader lacks what another one has compacted.
    invariant(this.leadingTerm === null, 'GroupDriver: a leader is never replaced', {
      group: this.group,
    });
    // Another snapshot may have come meanwhile: only the last one counts.
    this.reloading = this.machine.reload();
    this.retention.restart(this.state.appliedIndex);
  }

  private add(bytes: Uint8Array, command: Command, done: ProposalListener): void {
    if (this.proposed.full) {
      done({ kind: 'refused', reason: 'overloaded', leader: this.raft.leader });
      return;
    }
    this.proposed.add(bytes, command, done);
  }

  private proposeOwn(commands: readonly DutyCommand[]): void {
    for (const { bytes, command, refused } of commands) {
      this.add(bytes, command, (outcome) => {
        if (outcome.kind === 'refused') refused();
      });
    }
  }

  /** Proposes what the start or the applied entries call for. @returns whether there was anything. */
  private followUp(): boolean {
    if (!this.stirred) return false;
    this.stirred = false;
    const commands = this.machine.followUps();
    this.proposeOwn(commands);
    return commands.length > 0;
  }

  private appendArrived(instant: Instant): void {
    while (this.proposed.waiting > 0) {
      const batch = this.proposed.takeBatch();
      const payload = encodeBatch(batch.map((command) => command.bytes));
      const proposal = this.raft.propose([payload], instant);
      if (proposal.kind === 'refused') {
        const { reason } = proposal;
        this.proposed.finish(batch, { kind: 'refused', reason, leader: this.raft.leader });
        continue;
      }
      this.proposed.appendedAs(proposal.firstIndex, proposal.term, batch);
    }
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
    let commandsLeft = APPLY_COMMANDS_MAX;
    let from = this.state.appliedIndex + 1;
    // A saturated store wakes the group when it has drained, a replaced one when it is there.
    if (from > end || this.state.saturated) return false;
    if (this.snapshots.replacing || this.reloading !== null) return false;
    const entries = this.raft.entries(logIndex(from), logIndex(end + 1), APPLY_BYTES_MAX);
    for (const entry of entries) {
      invariant(entry.index === from, 'GroupDriver: applies in order', {
        index: entry.index,
        from,
      });
      const commands = this.proposed.commandsOf(entry.index, entry.term);
      const outcomes = this.machine.apply(entry, instant, commands);
      if (entry.kind === 'configuration') keepMembers(this.state, entry);
      this.state.markApplied(entry.index, entry.term);
      this.retention.applied(entry);
      this.proposed.applied(entry, outcomes, this.raft.leader);
      this.stirred = true;
      this.followRole(instant);
      from += 1;
      commandsLeft -= outcomes.length;
      if (commandsLeft <= 0) break;
    }
    return this.state.appliedIndex < this.raft.applicableIndex;
  }

  /** Starts the leader's duties once the term's first entry is applied, stops them with the role. */
  private followRole(instant: Instant): void {
    const { leadership, term } = this.raft;
    if (this.leadingTerm !== null && (leadership === undefined || term !== this.leadingTerm)) {
      this.leadingTerm = null;
      this.machine.stopLeading();
    }
    if (leadership === undefined) {
      this.proposed.abandonAppended(this.raft.leader);
    } else if (this.leadingTerm === null && this.appliedIndex >= leadership.termStartIndex) {
      this.leadingTerm = asTerm(term);
      this.machine.startLeading(term, instant);
      this.stirred = true;
    }
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
