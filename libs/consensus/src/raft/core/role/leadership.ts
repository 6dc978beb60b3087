import { invariant } from '@sinkron/invariant';
import { isVoter, replicasOf, type Configuration } from '../configuration.js';
import { entryBytes, type Entry } from '../entry.js';
import { logIndex, type LogIndex, type ReplicaId, type Term } from '../identifiers.js';
import type { Instant } from '../instant.js';
import { LeaderLease } from '../lease/leader-lease.js';
import { LogClock } from '../lease/log-clock.js';
import { ReadQueue, type ReadId, type ReadReady } from '../lease/read-queue.js';
import {
  ELECTION_TICKS_MIN,
  PENDING_READS_MAX,
  STALLED_DISK_TICKS_MAX,
  ROUNDS_MAX,
  UNANSWERED_HEARTBEATS_MAX,
  UNCOMMITTED_BYTES_MAX,
  UNCOMMITTED_ENTRIES_MAX,
} from '../limits.js';
import type { RaftLog } from '../log/raft-log.js';
import type { AppendResponse, HeartbeatResponse, SnapshotResponse } from '../message.js';
import type { Outbox } from '../outbox.js';
import type { Progress } from '../progress/progress.js';
import { Replication } from '../progress/replication.js';
import { jointReached } from '../quorum/joint-quorum.js';

/** `transferring`: another replica is about to lead, or this one goes on; ask again soon. */
export type ProposalRefusal = 'notLeader' | 'noQuorum' | 'overloaded' | 'transferring';

/** What became of a proposal at this replica; a refused one was not appended anywhere. */
export type Proposal =
  | { readonly kind: 'appended'; readonly term: Term; readonly firstIndex: LogIndex }
  | { readonly kind: 'refused'; readonly reason: ProposalRefusal };

export interface LeadershipOptions {
  readonly id: ReplicaId;
  readonly term: Term;
  readonly members: Configuration;
  readonly log: RaftLog;
  readonly outbox: Outbox;
  readonly heartbeatMs: number;
  readonly electionTimeoutMsMin: number;
  /** Wall clocks that came with the votes, so that log time starts right. */
  readonly wallMs: ReadonlyMap<ReplicaId, number>;
}

/** What a leader keeps in memory for one term (Raft Figure 2, "volatile state on leaders"). */
export class Leadership {
  /** Index of the entry that opens the term: once applied, the leader's state is up to date. */
  readonly termStartIndex: LogIndex;
  readonly replication: Replication;
  private readonly lease: LeaderLease;
  private readonly reads = new ReadQueue();
  private readonly clock: LogClock;
  private readonly wallMs: Map<ReplicaId, number>;
  /** Entries of this term beyond the commit index, oldest first. */
  private uncommitted: { readonly index: LogIndex; readonly bytes: number }[] = [];
  private uncommittedBytes = 0;
  private ticksSinceQuorum = 0;
  /** The durable index at the last tick, and for how many ticks it has not moved though it should. */
  private durableAtTick: LogIndex = logIndex(0);
  private ticksStalled = 0;
  /** Whom this leader is handing its office to, since when, and whether it has told them. */
  private transfer: { readonly to: ReplicaId; readonly startedMs: number; asked: boolean } | null =
    null;

  constructor(
    private readonly options: LeadershipOptions,
    instant: Instant,
  ) {
    const { log, members, id } = options;
    this.lease = new LeaderLease(options.electionTimeoutMsMin, instant.monotonicMs);
    this.clock = new LogClock(log.lastTimeMs, instant);
    this.wallMs = new Map(options.wallMs);
    this.termStartIndex = logIndex(log.lastIndex + 1);
    const { term, outbox } = options;
    const matchGrew = (): void => this.commitReached();
    this.replication = new Replication({
      id,
      term,
      members,
      log,
      outbox,
      lease: this.lease,
      matchGrew,
    });
    this.lease.startRound(instant.monotonicMs);
    this.append('noop', [new Uint8Array(0)], instant);
    this.confirmRounds();
  }

  /**
   * One heartbeat.
   *
   * @returns `stepDown` when no majority has answered for an election timeout (check-quorum), or the
   * leader's own disk has stood still for `STALLED_DISK_TICKS_MAX`: heartbeats need no disk, so such
   * a leader would keep its office for ever, and applies nothing. `renewTerm` when somebody was
   * asked to campaign and did not: this term has no lease any more, the next one may.
   */
  tick(instant: Instant): 'leads' | 'stepDown' | 'renewTerm' {
    const { durableIndex, lastIndex } = this.options.log;
    const stalled = durableIndex < lastIndex && durableIndex === this.durableAtTick;
    this.durableAtTick = durableIndex;
    this.ticksStalled = stalled ? this.ticksStalled + 1 : 0;
    this.ticksSinceQuorum += 1;
    if (this.ticksSinceQuorum > ELECTION_TICKS_MIN) return 'stepDown';
    if (this.ticksStalled > STALLED_DISK_TICKS_MAX) return 'stepDown';
    if (this.transferOverdue(instant)) {
      // The one who was asked need not be the one who was chosen last.
      if (this.lease.over) return 'renewTerm';
      this.transfer = null;
    }
    this.replication.tick();
    this.startRound(instant);
    this.continueTransfer();
    return 'leads';
  }

  propose(payloads: readonly Uint8Array[], instant: Instant): LogIndex | ProposalRefusal {
    invariant(payloads.length > 0, 'Leadership: a proposal has an entry');
    // The one who is to lead could never catch up (thesis §3.10).
    if (this.transfer !== null) return 'transferring';
    if (!this.hearsMajority(instant)) return 'noQuorum';
    if (this.uncommittedBytes >= UNCOMMITTED_BYTES_MAX) return 'overloaded';
    if (this.uncommitted.length >= UNCOMMITTED_ENTRIES_MAX) return 'overloaded';
    return this.append('commands', payloads, instant);
  }

  /**
   * Whether entries are on their way to a majority that answers. What would be proposed meanwhile
   * does as well to wait and to share one entry: each costs every replica a flush and messages.
   */
  awaitsCommit(instant: Instant): boolean {
    return this.transfer === null && this.uncommitted.length > 0 && this.hearsMajority(instant);
  }

  /**
   * Registers a linearizable read. The round it waits for is sent after it arrived, and the index
   * is at least the term's first, below which a new leader does not know what is committed.
   */
  requestRead(id: ReadId, instant: Instant): 'waiting' | 'overloaded' {
    if (this.reads.size >= PENDING_READS_MAX) return 'overloaded';
    const readIndex = logIndex(Math.max(this.options.log.commitIndex, this.termStartIndex));
    this.reads.add({ id, readIndex }, this.lease.round + 1);
    // With too many rounds under way the read shares the one of the next heartbeat.
    if (this.lease.unconfirmedCount < ROUNDS_MAX) this.startRound(instant);
    return 'waiting';
  }

  /** Whether reads may be answered at `instant` without asking anybody. */
  leaseValidAt(instant: Instant): boolean {
    return (
      this.options.log.commitIndex >= this.termStartIndex && this.lease.validAt(instant.monotonicMs)
    );
  }

  takeConfirmedReads(): readonly ReadReady[] {
    return this.reads.takeConfirmed(this.lease.confirmed);
  }

  takeAllReads(): readonly ReadReady[] {
    return this.reads.takeAll();
  }

  appendResponse(message: AppendResponse): void {
    const progress = this.heard(message);
    if (progress === undefined) return;
    this.replication.appendAnswered(message.from, progress, message);
    if (this.transfer?.asked === false) this.continueTransfer();
  }

  heartbeatResponse(message: HeartbeatResponse): void {
    const progress = this.heard(message);
    if (progress !== undefined) this.replication.heartbeatAnswered(message.from, progress);
  }

  snapshotResponse(message: SnapshotResponse): void {
    const progress = this.heard(message);
    if (progress === undefined || message.outcome.kind !== 'held') return;
    this.replication.acknowledged(message.from, progress, message.outcome.matchIndex);
  }

  /**
   * Hands leadership to `to` (thesis §3.10): takes no more proposals, brings its log up to date,
   * asks it to campaign at once. Within an election timeout it has worked, or this leader goes on.
   */
  transferTo(to: ReplicaId, instant: Instant): 'started' | 'notVoter' {
    const { members, id } = this.options;
    if (to === id || !isVoter(members, to)) return 'notVoter';
    if (this.transfer?.to === to) return 'started';
    this.transfer = { to, startedMs: instant.monotonicMs, asked: false };
    this.continueTransfer();
    return 'started';
  }

  /** Who could take over soonest: the living voter whose log is the longest; null when none lives. */
  successor(): ReplicaId | null {
    const { members, id } = this.options;
    let successor: ReplicaId | null = null;
    for (const replica of replicasOf(members)) {
      if (replica === id || !isVoter(members, replica) || !this.replication.hears(replica))
        continue;
      const longer =
        successor === null || this.matchIndexOf(replica) > this.matchIndexOf(successor);
      if (longer) successor = replica;
    }
    return successor;
  }

  /** The leader's own write reached its disk: it may count itself now (Raft thesis §10.2.1). */
  written(): void {
    this.commitReached();
  }

  matchIndexOf(id: ReplicaId): LogIndex {
    return this.replication.matchIndexOf(id);
  }

  progressOf(id: ReplicaId): Progress | undefined {
    return this.replication.progressOf(id);
  }

  private transferOverdue(instant: Instant): boolean {
    if (this.transfer === null) return false;
    return instant.monotonicMs - this.transfer.startedMs >= this.options.electionTimeoutMsMin;
  }

  /** Asks the one who is to lead, each heartbeat anew, once its log has all that this one has. */
  private continueTransfer(): void {
    if (this.transfer === null) return;
    const { id, term, outbox, log } = this.options;
    const { to } = this.transfer;
    if (this.matchIndexOf(to) < log.lastIndex) return;
    // Who campaigns at this leader's bidding need not wait for its lease.
    this.lease.end();
    this.transfer.asked = true;
    outbox.send({ kind: 'timeoutNowRequest', from: id, to, term });
  }

  /**
   * Whether a majority answered lately. One heartbeat is always under way, so the latest answered
   * one may be older by one. A leader that was stopped has none under way: it asks at once.
   */
  private hearsMajority(instant: Instant): boolean {
    const silentMsMax = (UNANSWERED_HEARTBEATS_MAX + 1) * this.options.heartbeatMs;
    const silent = (): boolean => this.lease.silentMs(instant.monotonicMs) > silentMsMax;
    // A sole voter has answered itself when this returns.
    if (silent() && this.lease.unconfirmedCount === 0) this.startRound(instant);
    return !silent();
  }

  private append(kind: Entry['kind'], payloads: readonly Uint8Array[], instant: Instant): LogIndex {
    const { log, members, id, term } = this.options;
    const majorityWallMs = jointReached(members, (voter) =>
      voter === id ? instant.wallMs : (this.wallMs.get(voter) ?? 0),
    );
    const timeMs = this.clock.stamp(instant, majorityWallMs);
    const first = logIndex(log.lastIndex + 1);
    const entries = payloads.map((data, offset): Entry => {
      return { term, index: logIndex(first + offset), kind, timeMs, data };
    });
    log.append(entries);
    for (const entry of entries) {
      const bytes = entryBytes(entry);
      this.uncommitted.push({ index: entry.index, bytes });
      this.uncommittedBytes += bytes;
    }
    this.replication.sendAll();
    return first;
  }

  private startRound(instant: Instant): void {
    this.lease.startRound(instant.monotonicMs);
    this.replication.sendHeartbeats();
    this.confirmRounds();
  }

  /** Any response of the term counts for the lease and for log time. */
  private heard(
    message: AppendResponse | HeartbeatResponse | SnapshotResponse,
  ): Progress | undefined {
    const progress = this.replication.heard(message.from);
    if (progress === undefined) return undefined;
    this.wallMs.set(message.from, message.wallMs);
    // Parts of a snapshot may be long under way: they prove no round.
    if (message.kind !== 'snapshotResponse') this.lease.answered(message.from, message.round);
    this.confirmRounds();
    return progress;
  }

  private confirmRounds(): void {
    const { members, id } = this.options;
    const round = jointReached(members, (voter) =>
      voter === id ? this.lease.round : this.lease.roundOf(voter),
    );
    if (this.lease.confirm(round)) this.ticksSinceQuorum = 0;
  }

  /** Raft §5.4.2: only entries of the leader's own term are committed by counting replicas. */
  private commitReached(): void {
    const { log, members, term } = this.options;
    const reached = logIndex(jointReached(members, (id) => this.matchIndexOf(id)));
    if (reached <= log.commitIndex || log.term(reached) !== term) return;
    log.commitTo(reached);
    const firstOpen = this.uncommitted.findIndex((entry) => entry.index > reached);
    const count = firstOpen === -1 ? this.uncommitted.length : firstOpen;
    for (const entry of this.uncommitted.splice(0, count)) this.uncommittedBytes -= entry.bytes;
  }
}
