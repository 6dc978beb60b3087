import { unreachable } from '@sinkron/invariant';
import type { Configuration } from './membership/configuration.js';
import type { ChangeOutcome, MembersChange } from './membership/members-change.js';
import type { RaftWrite } from './durable-state.js';
import type { Entry } from './entry.js';
import type { LogIndex, ReplicaId, Term, WriteId } from './identifiers.js';
import type { Instant } from './instant.js';
import type { ReadId, ReadReady } from './lease/read-queue.js';
import { acceptAppend } from './log/accept-append.js';
import type { LogPoint } from './log/log-point.js';
import type { AppendRequest, HeartbeatRequest, Message } from './message.js';
import type { OutgoingMessage } from './outbox.js';
import type { RaftOptions } from './raft-options.js';
import { answerStale } from './role/answer-stale.js';
import { Elections } from './role/election/elections.js';
import type { Leadership, Proposal } from './role/leadership.js';
import type { RoleName } from './role/role.js';
import { Standing } from './role/standing.js';
import { SnapshotExchange } from './snapshot/snapshot-exchange.js';

/**
 * One replica of one group: Raft as a pure state machine.
 *
 * Inputs are method calls, each with the instant at which the driver hands it over; outputs are
 * collected with `takeMessages`, `takeWrite` and `takeReads` after each turn. The core does no I/O
 * and keeps no clock, so the simulator runs exactly what production runs.
 *
 * Contract with the driver: a message with `after` = w leaves only when write w is flushed; entries
 * are applied up to `applicableIndex` only.
 *
 * @see Raft, Ongaro and Ousterhout 2014, and Ongaro's thesis for pre-vote (§9.6), check-quorum
 * (§6.2) and reads (§6.4).
 */
export class Raft {
  readonly id: ReplicaId;
  /** Snapshots under way from or to this replica. */
  readonly snapshots: SnapshotExchange;
  private readonly standing: Standing;
  private readonly elections: Elections;

  constructor(options: RaftOptions, instant: Instant) {
    this.id = options.id;
    this.standing = new Standing(options, instant);
    this.elections = new Elections(this.standing);
    this.snapshots = new SnapshotExchange(this.standing);
  }

  get roleName(): RoleName {
    return this.standing.role.kind;
  }

  get term(): Term {
    return this.standing.durable.term;
  }

  get votedFor(): ReplicaId | null {
    return this.standing.durable.votedFor;
  }

  get leader(): ReplicaId | null {
    return this.standing.leader;
  }

  /** The members that count: those of the latest configuration in the log, committed or not. */
  get members(): Configuration {
    return this.standing.members;
  }

  /** The members of the last configuration that is known to be committed. */
  get committedMembers(): Configuration {
    return this.standing.membership.committed;
  }

  get commitIndex(): LogIndex {
    return this.standing.log.commitIndex;
  }

  get lastIndex(): LogIndex {
    return this.standing.log.lastIndex;
  }

  /** Entries up to here may be applied: committed, and durable on this replica. */
  get applicableIndex(): LogIndex {
    return this.standing.log.applicableIndex;
  }

  /** Whether this replica may campaign at the next tick, if it hears nothing before. */
  get campaignsSoon(): boolean {
    return this.standing.leadership === undefined && this.standing.timer.expiring;
  }

  /** The leader's volatile state while this replica leads. */
  get leadership(): Leadership | undefined {
    return this.standing.leadership;
  }

  entries(from: LogIndex, toExclusive: LogIndex, bytesMax: number): readonly Entry[] {
    return this.standing.log.entries(from, toExclusive, bytesMax);
  }

  termAt(index: LogIndex): Term | undefined {
    return this.standing.log.term(index);
  }

  /** The entry before the first one that the log keeps. */
  get logBase(): LogPoint {
    return this.standing.log.base;
  }

  /** Term and log time of an entry that the log keeps, or of its base. */
  pointAt(index: LogIndex): LogPoint {
    return this.standing.log.point(index);
  }

  /** Forgets the entries up to `through`: the state machine has them on its disk (Raft §7). */
  compact(through: LogIndex): void {
    this.standing.log.compact(through);
  }

  /** One heartbeat interval has passed. Missed ticks are not made up. */
  tick(instant: Instant): void {
    const { leadership } = this.standing;
    if (leadership === undefined) return this.elections.tick(instant);
    switch (leadership.tick(instant)) {
      case 'leads':
        return this.standing.settle(instant);
      case 'stepDown':
        return this.standing.becomeFollower(this.term, null);
      case 'renewTerm':
        return this.elections.renewTerm();
    }
  }

  /** A message from a peer; messages for another replica or of no use are dropped. */
  receive(message: Message, instant: Instant): void {
    if (message.to !== this.id || message.from === this.id) return;
    if (message.term > this.term && !this.receiveHigherTerm(message, instant)) return;
    if (message.term < this.term) {
      const answer = answerStale(message, this.standing.header(message.from, instant));
      if (answer !== null) this.standing.respond(answer);
      return;
    }
    this.handle(message, instant);
    this.standing.settle(instant);
  }

  /** Appends one entry per payload, if this replica leads and may still hope to commit it. */
  propose(payloads: readonly Uint8Array[], instant: Instant): Proposal {
    const { leadership } = this.standing;
    if (leadership === undefined) return { kind: 'refused', reason: 'notLeader' };
    const outcome = leadership.propose(payloads, instant);
    if (typeof outcome === 'string') return { kind: 'refused', reason: outcome };
    return { kind: 'appended', term: this.term, firstIndex: outcome };
  }

  /**
   * Begins a change of the members. Other voters take two entries: when the joint one is committed,
   * whoever leads then appends the final one.
   */
  changeMembers(change: MembersChange, instant: Instant): ChangeOutcome {
    const { leadership } = this.standing;
    return leadership?.changeMembers(change, instant) ?? { kind: 'refused', reason: 'notLeader' };
  }

  /** Whether this leader does well to gather proposals, see `Leadership.awaitsCommit`. */
  awaitsCommit(instant: Instant): boolean {
    return this.standing.leadership?.awaitsCommit(instant) ?? false;
  }

  /** Hands leadership to another voter, see `Leadership.transferTo`. */
  transfer(to: ReplicaId, instant: Instant): 'started' | 'notLeader' | 'notVoter' {
    return this.standing.leadership?.transferTo(to, instant) ?? 'notLeader';
  }

  /** Asks for the index a linearizable read must wait for; the answer comes by `takeReads`. */
  requestRead(id: ReadId, instant: Instant): 'waiting' | 'notLeader' | 'overloaded' {
    const { leadership } = this.standing;
    if (leadership === undefined) return 'notLeader';
    const outcome = leadership.requestRead(id, instant);
    this.standing.settleReads();
    return outcome;
  }

  /** Whether this leader may answer reads at `instant` from what it has applied. */
  leaseValidAt(instant: Instant): boolean {
    return this.standing.leadership?.leaseValidAt(instant) ?? false;
  }

  /** Write `id` and all before it were flushed to the disk. */
  persisted(id: WriteId, instant: Instant): void {
    const grew = this.standing.durable.persisted(id);
    if (grew) this.standing.leadership?.written();
    this.elections.persisted(id, instant);
    this.standing.settle(instant);
  }

  takeMessages(): readonly OutgoingMessage[] {
    return this.standing.outbox.take();
  }

  /** What has to reach the disk next, or null. Writes are made durable in the order taken. */
  takeWrite(): RaftWrite | null {
    return this.standing.durable.takeWrite();
  }

  /** Reads whose index is known, and reads that a lost leadership left without an answer. */
  takeReads(): { readonly confirmed: readonly ReadReady[]; readonly lost: readonly ReadId[] } {
    return this.standing.takeReads();
  }

  /** @returns whether the message is to be handled further. */
  private receiveHigherTerm(message: Message, instant: Instant): boolean {
    switch (message.kind) {
      case 'preVoteRequest':
        this.elections.receivePreVoteRequest(message, instant);
        return false;
      case 'preVoteResponse':
        if (message.granted) this.elections.receivePreVoteResponse(message, instant);
        else this.standing.becomeFollower(message.term, null);
        return false;
      case 'voteRequest':
        if (this.elections.ignores(message, instant)) return false;
        this.standing.becomeFollower(message.term, null);
        return true;
      case 'timeoutNowRequest':
        // A follower that has not heard of the term's leader lacks what its log must have.
        return false;
      case 'appendRequest':
      case 'heartbeatRequest':
      case 'snapshotRequest':
      case 'voteResponse':
      case 'appendResponse':
      case 'heartbeatResponse':
      case 'snapshotResponse':
        this.standing.becomeFollower(message.term, null);
        return true;
      default:
        return unreachable(message);
    }
  }

  /** A message of the present term. */
  private handle(message: Message, instant: Instant): void {
    switch (message.kind) {
      case 'preVoteRequest':
        return this.elections.receivePreVoteRequest(message, instant);
      case 'preVoteResponse':
        return this.elections.receivePreVoteResponse(message, instant);
      case 'voteRequest':
        return this.elections.receiveVoteRequest(message, instant);
      case 'voteResponse':
        return this.elections.receiveVoteResponse(message, instant);
      case 'appendRequest':
        return this.receiveAppendRequest(message, instant);
      case 'heartbeatRequest':
        return this.receiveHeartbeatRequest(message, instant);
      case 'snapshotRequest':
        return this.snapshots.receiveRequest(message, instant);
      case 'timeoutNowRequest':
        return this.elections.receiveTimeoutNow(message, instant);
      case 'appendResponse':
        return this.standing.leadership?.appendResponse(message);
      case 'heartbeatResponse':
        return this.standing.leadership?.heartbeatResponse(message);
      case 'snapshotResponse':
        return this.snapshots.receiveResponse(message);
      default:
        return unreachable(message);
    }
  }

  private receiveAppendRequest(message: AppendRequest, instant: Instant): void {
    const { standing } = this;
    standing.follow(message.from, instant);
    const { outcome, promised } = acceptAppend(standing.log, message);
    const header = standing.header(message.from, instant);
    const { round } = message;
    standing.respond({ kind: 'appendResponse', ...header, round, outcome }, promised);
  }

  private receiveHeartbeatRequest(message: HeartbeatRequest, instant: Instant): void {
    const { standing } = this;
    standing.follow(message.from, instant);
    standing.log.commitTo(message.leaderCommit);
    const { round } = message;
    const header = standing.header(message.from, instant);
    standing.respond({ kind: 'heartbeatResponse', ...header, round });
  }
}
