import { invariant } from '@sinkron/invariant';
import { replicasOf, type Configuration } from '../configuration.js';
import { entryBytes, type Entry } from '../entry.js';
import { logIndex, type LogIndex, type ReplicaId, type Term } from '../identifiers.js';
import type { Instant } from '../instant.js';
import { LeaderLease } from '../lease/leader-lease.js';
import { LogClock } from '../lease/log-clock.js';
import { ReadQueue, type ReadId, type ReadReady } from '../lease/read-queue.js';
import {
  APPEND_BYTES_MAX,
  APPEND_ENTRIES_MAX,
  ELECTION_TICKS_MIN,
  INFLIGHT_BYTES_MAX,
  INFLIGHT_MESSAGES_MAX,
  PENDING_READS_MAX,
  STALLED_DISK_TICKS_MAX,
  ROUNDS_MAX,
  UNANSWERED_HEARTBEATS_MAX,
  UNCOMMITTED_BYTES_MAX,
  UNCOMMITTED_ENTRIES_MAX,
} from '../limits.js';
import type { RaftLog } from '../log/raft-log.js';
import type { AppendResponse, HeartbeatResponse } from '../message.js';
import type { Outbox } from '../outbox.js';
import { Progress } from '../progress/progress.js';
import { jointReached } from '../quorum/joint-quorum.js';

export type ProposalRefusal = 'notLeader' | 'noQuorum' | 'overloaded';

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
  private readonly followers = new Map<ReplicaId, Progress>();
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

  constructor(
    private readonly options: LeadershipOptions,
    instant: Instant,
  ) {
    const { log, members, id } = options;
    this.lease = new LeaderLease(options.electionTimeoutMsMin, instant.monotonicMs);
    this.clock = new LogClock(log.lastTimeMs, instant);
    this.wallMs = new Map(options.wallMs);
    this.termStartIndex = logIndex(log.lastIndex + 1);
    for (const replica of replicasOf(members)) {
      if (replica === id) continue;
      const limits = { messagesMax: INFLIGHT_MESSAGES_MAX, bytesMax: INFLIGHT_BYTES_MAX };
      this.followers.set(replica, new Progress(this.termStartIndex, limits));
    }
    this.lease.startRound(instant.monotonicMs);
    this.append('noop', [new Uint8Array(0)], instant);
    this.confirmRounds();
  }

  /**
   * One heartbeat.
   *
   * @returns false when it must step down: no majority has answered for an election timeout
   * (check-quorum), or its own disk has stood still for `STALLED_DISK_TICKS_MAX`. Heartbeats need no
   * disk, so such a leader would keep its office for ever, and applies nothing.
   */
  tick(instant: Instant): boolean {
    const { durableIndex, lastIndex } = this.options.log;
    const stalled = durableIndex < lastIndex && durableIndex === this.durableAtTick;
    this.durableAtTick = durableIndex;
    this.ticksStalled = stalled ? this.ticksStalled + 1 : 0;
    this.ticksSinceQuorum += 1;
    if (this.ticksSinceQuorum > ELECTION_TICKS_MIN) return false;
    if (this.ticksStalled > STALLED_DISK_TICKS_MAX) return false;
    this.startRound(instant);
    return true;
  }

  propose(payloads: readonly Uint8Array[], instant: Instant): LogIndex | ProposalRefusal {
    invariant(payloads.length > 0, 'Leadership: a proposal has an entry');
    if (!this.hearsMajority(instant)) return 'noQuorum';
    if (this.uncommittedBytes >= UNCOMMITTED_BYTES_MAX) return 'overloaded';
    if (this.uncommitted.length >= UNCOMMITTED_ENTRIES_MAX) return 'overloaded';
    return this.append('commands', payloads, instant);
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
    const { outcome } = message;
    if (outcome.accepted) {
      // Nobody can hold more of this term than its leader: a faulty peer, not evidence.
      if (outcome.matchIndex > this.options.log.lastIndex) return;
      const paused = progress.paused;
      const wasProbing = progress.state === 'probe';
      if (progress.acknowledged(outcome.matchIndex)) this.commitReached();
      if (paused || wasProbing) this.replicateTo(message.from, progress);
      return;
    }
    const bound = outcome.hintTerm;
    const hint = this.options.log.lastIndexWithTermAtMost(outcome.hintIndex, bound);
    if (progress.rejected(outcome.rejectedIndex, hint)) this.replicateTo(message.from, progress);
  }

  heartbeatResponse(message: HeartbeatResponse): void {
    const progress = this.heard(message);
    if (progress === undefined) return;
    progress.heartbeatAnswered();
    if (progress.matchIndex >= this.options.log.lastIndex) return;
    // A lost append shows only when a later one is refused: an empty one finds out.
    if (!this.replicateTo(message.from, progress)) this.sendAppend(message.from, progress, []);
  }

  /** The leader's own write reached its disk: it may count itself now (Raft thesis §10.2.1). */
  written(): void {
    this.commitReached();
  }

  matchIndexOf(id: ReplicaId): LogIndex {
    if (id === this.options.id) return this.options.log.durableIndex;
    return this.followers.get(id)?.matchIndex ?? logIndex(0);
  }

  progressOf(id: ReplicaId): Progress | undefined {
    return this.followers.get(id);
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
    for (const [replica, progress] of this.followers) this.replicateTo(replica, progress);
    return first;
  }

  /** Sends what the follower lacks, as far as its window allows. @returns whether it sent. */
  private replicateTo(replica: ReplicaId, progress: Progress): boolean {
    const { log } = this.options;
    let sent = false;
    while (!progress.paused && progress.nextIndex <= log.lastIndex) {
      const end = logIndex(Math.min(log.lastIndex + 1, progress.nextIndex + APPEND_ENTRIES_MAX));
      this.sendAppend(replica, progress, log.entries(progress.nextIndex, end, APPEND_BYTES_MAX));
      sent = true;
    }
    return sent;
  }

  private sendAppend(replica: ReplicaId, progress: Progress, entries: readonly Entry[]): void {
    const { log, id, term, outbox } = this.options;
    const prevLogIndex = logIndex(progress.nextIndex - 1);
    const prevLogTerm = log.term(prevLogIndex);
    invariant(prevLogTerm !== undefined, 'Leadership: has the log that it sends', {
      replica,
      prevLogIndex,
    });
    outbox.send({
      kind: 'appendRequest',
      from: id,
      to: replica,
      term,
      prevLogIndex,
      prevLogTerm,
      entries,
      leaderCommit: log.commitIndex,
      round: this.lease.round,
    });
    const bytes = entries.reduce((total, entry) => total + entryBytes(entry), 0);
    progress.sent(logIndex(prevLogIndex + entries.length), bytes);
  }

  private startRound(instant: Instant): void {
    const { id, term, outbox, log } = this.options;
    const round = this.lease.startRound(instant.monotonicMs);
    for (const [replica, progress] of this.followers) {
      const leaderCommit = logIndex(Math.min(progress.matchIndex, log.commitIndex));
      outbox.send({ kind: 'heartbeatRequest', from: id, to: replica, term, round, leaderCommit });
    }
    this.confirmRounds();
  }

  /** Any response of the term counts for the lease and for log time. */
  private heard(message: AppendResponse | HeartbeatResponse): Progress | undefined {
    const progress = this.followers.get(message.from);
    if (progress === undefined) return undefined;
    this.wallMs.set(message.from, message.wallMs);
    this.lease.answered(message.from, message.round);
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
