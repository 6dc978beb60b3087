import { invariant } from '@sinkron/invariant';
import type { Entry } from '../entry.js';
import { logIndex, type LogIndex, type ReplicaId, type Term } from '../identifiers.js';
import type { Instant } from '../instant.js';
import { LeaderLease } from '../lease/leader-lease.js';
import { LogClock } from '../lease/log-clock.js';
import { ReadQueue, type ReadId, type ReadReady } from '../lease/read-queue.js';
import {
  CAUGHT_UP_ENTRIES_MAX,
  ELECTION_TICKS_MIN,
  PENDING_READS_MAX,
  STALLED_DISK_TICKS_MAX,
  ROUNDS_MAX,
  UNANSWERED_HEARTBEATS_MAX,
} from '../limits.js';
import type { RaftLog } from '../log/raft-log.js';
import { encodeConfiguration } from '../membership/configuration-codec.js';
import { isJoint, isVoter, replicasOf, type Configuration } from '../membership/configuration.js';
import {
  firstStep,
  lastStep,
  type ChangeOutcome,
  type ChangeRefusal,
  type MembersChange,
} from '../membership/members-change.js';
import type { Membership } from '../membership/membership.js';
import type { AppendResponse, HeartbeatResponse, SnapshotResponse } from '../message.js';
import type { Outbox } from '../outbox.js';
import type { Progress } from '../progress/progress.js';
import { replicaRole, type ReplicaStatus } from '../progress/replica-status.js';
import { Replication } from '../progress/replication.js';
import { UncommittedEntries } from '../progress/uncommitted-entries.js';
import { jointReached } from '../quorum/joint-quorum.js';
import { majoritySize } from '../quorum/majority-quorum.js';
import { Handover } from './handover.js';

/** `transferring`: another replica is about to lead, or this one goes on; ask again soon. */
export type ProposalRefusal = 'notLeader' | 'noQuorum' | 'overloaded' | 'transferring';

/** What became of a proposal at this replica; a refused one was not appended anywhere. */
export type Proposal =
  | { readonly kind: 'appended'; readonly term: Term; readonly firstIndex: LogIndex }
  | { readonly kind: 'refused'; readonly reason: ProposalRefusal };

export interface LeadershipOptions {
  readonly id: ReplicaId;
  readonly term: Term;
  readonly membership: Membership;
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
  private readonly uncommitted = new UncommittedEntries();
  private ticksSinceQuorum = 0;
  /** The durable index at the last tick, and for how many ticks it has not moved though it should. */
  private durableAtTick: LogIndex = logIndex(0);
  private ticksStalled = 0;
  private readonly handover: Handover;

  constructor(
    private readonly options: LeadershipOptions,
    instant: Instant,
  ) {
    const { id, term, log, outbox, membership, electionTimeoutMsMin } = options;
    this.lease = new LeaderLease(electionTimeoutMsMin, instant.monotonicMs);
    this.clock = new LogClock(log.lastTimeMs, instant);
    this.wallMs = new Map(options.wallMs);
    this.termStartIndex = logIndex(log.lastIndex + 1);
    const { lease } = this;
    const matchGrew = (): void => this.commitReached();
    this.replication = new Replication({
      id,
      term,
      membership,
      log,
      outbox,
      lease,
      matchGrew,
    });
    const matchIndexOf = (replica: ReplicaId): LogIndex => this.matchIndexOf(replica);
    const office = { id, term, log, outbox, lease, electionTimeoutMsMin, matchIndexOf };
    this.handover = new Handover(office);
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
    if (this.handover.overdueAt(instant)) {
      // The one who was asked need not be the one who was chosen last.
      if (this.lease.over) return isVoter(this.members, this.options.id) ? 'renewTerm' : 'stepDown';
      this.handover.giveUp();
    }
    this.replication.tick();
    this.startRound(instant);
    this.handover.continue();
    return 'leads';
  }

  propose(payloads: readonly Uint8Array[], instant: Instant): LogIndex | ProposalRefusal {
    invariant(payloads.length > 0, 'Leadership: a proposal has an entry');
    // The one who is to lead could never catch up (thesis §3.10).
    if (this.leaving) return 'transferring';
    if (!this.hearsMajority(instant)) return 'noQuorum';
    if (this.uncommitted.full) return 'overloaded';
    return this.append('commands', payloads, instant);
  }

  /** Begins a change of the members, if the group can bear one now. */
  changeMembers(change: MembersChange, instant: Instant): ChangeOutcome {
    const reason = this.refusal(instant);
    if (reason !== null) return { kind: 'refused', reason };
    const first = firstStep(this.members, change);
    if (first === null) return { kind: 'refused', reason: 'unchanged' };
    const flaw = this.flawOf(change);
    if (flaw !== null) return { kind: 'refused', reason: flaw };
    return { kind: 'appended', index: this.appendConfiguration(first, instant) };
  }

  /**
   * Goes on with a change, whoever began it, as far as it is committed: leaves the joint phase, and
   * hands over when this leader is no voter any more. Called after every input.
   */
  continueChange(instant: Instant): void {
    const { membership, log, id } = this.options;
    // Only an entry of its own term tells a leader that those before it are committed (§5.4.2).
    if (log.commitIndex < this.termStartIndex || !membership.settled) return;
    if (isJoint(this.members)) {
      this.appendConfiguration(lastStep(this.members), instant);
    } else if (!isVoter(this.members, id)) {
      // A voter that is alone now owes nobody its silence after a restart: it may lead at once.
      this.lease.end();
      if (this.handover.to !== null) return;
      const successor = this.successor();
      if (successor !== null) this.handover.begin(successor, instant);
    }
  }

  /**
   * Whether nothing is under way that heartbeats bring on: all hold the log, have answered the last heartbeat,
   * and stay.
   */
  get quiet(): boolean {
    const { log, membership } = this.options;
    if (this.leaving || membership.changing || this.reads.size > 0) return false;
    if (log.commitIndex < log.lastIndex) return false;
    return this.statuses().every(({ replica, role, matchIndex }) => {
      const answered =
        replica === this.options.id || this.lease.roundOf(replica) === this.lease.round;
      return role === 'voter' && answered && matchIndex === log.lastIndex;
    });
  }

  /** What this leader knows of every replica of the group, itself included. */
  statuses(): readonly ReplicaStatus[] {
    return replicasOf(this.members).map((replica) => ({
      replica,
      role: replicaRole(this.members, replica),
      matchIndex: this.matchIndexOf(replica),
      heard: this.hears(replica),
      needsSnapshot: this.progressOf(replica)?.state === 'snapshot',
    }));
  }

  /**
   * Whether entries are on their way to a majority that answers. What would be proposed meanwhile
   * does as well to wait and to share one entry: each costs every replica a flush and messages.
   */
  awaitsCommit(instant: Instant): boolean {
    return this.handover.to === null && this.uncommitted.count > 0 && this.hearsMajority(instant);
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
    this.handover.matchGrew();
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
    if (to === this.options.id || !this.members.voters.includes(to)) return 'notVoter';
    this.handover.begin(to, instant);
    return 'started';
  }

  /**
   * Who could take over soonest: the living voter whose log is the longest; null when none lives. One
   * whose vote is about to end is none.
   */
  successor(): ReplicaId | null {
    let successor: ReplicaId | null = null;
    for (const replica of this.members.voters) {
      if (replica === this.options.id || !this.replication.hears(replica)) continue;
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

  private get members(): Configuration {
    return this.options.membership.effective;
  }

  /** Whether somebody else is to lead soon: chosen, or to be found, since this one is removed. */
  private get leaving(): boolean {
    const { membership, id } = this.options;
    return this.handover.to !== null || (membership.settled && !isVoter(this.members, id));
  }

  /** Why no change can begin now, whichever it is. */
  private refusal(instant: Instant): ChangeRefusal | null {
    const { membership, log } = this.options;
    if (log.commitIndex < this.termStartIndex) return 'termNotStarted';
    if (membership.changing) return 'changeUnderWay';
    if (this.leaving) return 'transferring';
    if (!this.hearsMajority(instant)) return 'noQuorum';
    return this.uncommitted.full ? 'overloaded' : null;
  }

  /** What speaks against these members. */
  private flawOf({ voters }: MembersChange): ChangeRefusal | null {
    const heard = voters.filter((voter) => this.hears(voter));
    if (heard.length < majoritySize(voters.length)) return 'wouldLoseMajority';
    const behind = voters.some((voter) => {
      return !this.members.voters.includes(voter) && !this.caughtUp(voter);
    });
    return behind ? 'notCaughtUp' : null;
  }

  private caughtUp(learner: ReplicaId): boolean {
    if (!this.members.learners.includes(learner)) return false;
    const lag = this.options.log.lastIndex - this.matchIndexOf(learner);
    return this.progressOf(learner)?.state !== 'snapshot' && lag <= CAUGHT_UP_ENTRIES_MAX;
  }

  private hears(replica: ReplicaId): boolean {
    return replica === this.options.id || this.replication.hears(replica);
  }

  /**
   * Whether a majority answered lately; else it is asked at once. One heartbeat is always under way, so
   * the latest answered one may be older by one. A leader that was stopped has none under way.
   */
  hearsMajority(instant: Instant): boolean {
    const silentMsMax = (UNANSWERED_HEARTBEATS_MAX + 1) * this.options.heartbeatMs;
    const silent = (): boolean => this.lease.silentMs(instant.monotonicMs) > silentMsMax;
    // A sole voter has answered itself when this returns.
    if (silent() && this.lease.unconfirmedCount === 0) this.startRound(instant);
    return !silent();
  }

  private appendConfiguration(members: Configuration, instant: Instant): LogIndex {
    const index = this.append('configuration', [encodeConfiguration(members)], instant);
    // Other majorities count from here on.
    this.confirmRounds();
    this.commitReached();
    return index;
  }

  private append(kind: Entry['kind'], payloads: readonly Uint8Array[], instant: Instant): LogIndex {
    const { log, id, term } = this.options;
    const majorityWallMs = jointReached(this.members, (voter) =>
      voter === id ? instant.wallMs : (this.wallMs.get(voter) ?? 0),
    );
    const timeMs = this.clock.stamp(instant, majorityWallMs);
    const first = logIndex(log.lastIndex + 1);
    const entries = payloads.map((data, offset): Entry => {
      return { term, index: logIndex(first + offset), kind, timeMs, data };
    });
    log.append(entries);
    for (const entry of entries) this.uncommitted.add(entry);
    if (kind === 'configuration') this.replication.followMembers(first);
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
    const { id } = this.options;
    const round = jointReached(this.members, (voter) =>
      voter === id ? this.lease.round : this.lease.roundOf(voter),
    );
    if (this.lease.confirm(round)) this.ticksSinceQuorum = 0;
  }

  /** Raft §5.4.2: only entries of the leader's own term are committed by counting replicas. */
  private commitReached(): void {
    const { log, membership, term } = this.options;
    const reached = logIndex(jointReached(this.members, (id) => this.matchIndexOf(id)));
    if (reached <= log.commitIndex || log.term(reached) !== term) return;
    const { committed } = membership;
    log.commitTo(reached);
    if (membership.committed !== committed) this.replication.membersCommitted();
    this.uncommitted.committedThrough(reached);
  }
}
