import { invariant, unreachable } from '@sinkron/invariant';
import { isVoter, replicasOf, type Configuration } from './configuration.js';
import { DurableState, type RaftWrite } from './durable-state.js';
import type { Entry } from './entry.js';
import {
  term as asTerm,
  writeId,
  logIndex,
  type LogIndex,
  type ReplicaId,
  type Term,
  type WriteId,
} from './identifiers.js';
import type { Instant } from './instant.js';
import type { ReadId, ReadReady } from './lease/read-queue.js';
import { ELECTION_TICKS_MIN } from './limits.js';
import { acceptAppend } from './log/accept-append.js';
import { RaftLog } from './log/raft-log.js';
import type {
  AppendRequest,
  HeartbeatRequest,
  Message,
  PreVoteRequest,
  PreVoteResponse,
  VoteRequest,
  VoteResponse,
} from './message.js';
import { Outbox, type OutgoingMessage } from './outbox.js';
import type { RaftOptions } from './raft-options.js';
import { answerStale } from './role/answer-stale.js';
import { Ballot } from './role/ballot.js';
import { ElectionTimer } from './role/election-timer.js';
import { LeaderContact } from './role/leader-contact.js';
import { Leadership, type Proposal } from './role/leadership.js';
import type { Role, RoleName } from './role/role.js';

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
  private readonly log: RaftLog;
  private readonly durable: DurableState;
  private readonly outbox = new Outbox();
  private readonly contact: LeaderContact;
  private readonly timer: ElectionTimer;
  private readonly electionTimeoutMsMin: number;
  private role: Role = { kind: 'follower' };
  private confirmedReads: ReadReady[] = [];
  private lostReads: ReadId[] = [];

  constructor(
    private readonly options: RaftOptions,
    instant: Instant,
  ) {
    this.id = options.id;
    this.log = new RaftLog(options.reader, options.log);
    this.durable = new DurableState(options.hardState, this.log);
    this.electionTimeoutMsMin = ELECTION_TICKS_MIN * options.heartbeatMs;
    const silentMs = options.formation || this.soleVoter ? 0 : this.electionTimeoutMsMin;
    this.contact = new LeaderContact(this.electionTimeoutMsMin, instant.monotonicMs + silentMs);
    this.timer = new ElectionTimer(options.random);
  }

  get roleName(): RoleName {
    return this.role.kind;
  }

  get term(): Term {
    return this.durable.term;
  }

  get votedFor(): ReplicaId | null {
    return this.durable.votedFor;
  }

  get leader(): ReplicaId | null {
    return this.contact.leaderId;
  }

  get members(): Configuration {
    return this.options.members;
  }

  get commitIndex(): LogIndex {
    return this.log.commitIndex;
  }

  get lastIndex(): LogIndex {
    return this.log.lastIndex;
  }

  /** Entries up to here may be applied: committed, and durable on this replica. */
  get applicableIndex(): LogIndex {
    return this.log.applicableIndex;
  }

  /** The leader's volatile state while this replica leads. */
  get leadership(): Leadership | undefined {
    return this.role.kind === 'leader' ? this.role.leadership : undefined;
  }

  entries(from: LogIndex, toExclusive: LogIndex, bytesMax: number): readonly Entry[] {
    return this.log.entries(from, toExclusive, bytesMax);
  }

  termAt(index: LogIndex): Term | undefined {
    return this.log.term(index);
  }

  /** One heartbeat interval has passed. Missed ticks are not made up. */
  tick(instant: Instant): void {
    if (this.role.kind === 'leader') {
      // Check-quorum: a leader that no majority answers for an election timeout steps down.
      if (!this.role.leadership.tick(instant)) this.becomeFollower(this.term, null);
      else this.settleReads();
      return;
    }
    if (!isVoter(this.members, this.id)) return;
    const timedOut = this.timer.tick() || (this.soleVoter && this.role.kind === 'follower');
    // Ticks may come closer together than a heartbeat; the promise to the leader is in time.
    if (timedOut && !this.contact.boundAt(instant.monotonicMs)) this.becomePreCandidate(instant);
  }

  /** A message from a peer; messages for another replica or of no use are dropped. */
  receive(message: Message, instant: Instant): void {
    if (message.to !== this.id || message.from === this.id) return;
    if (message.term > this.term && !this.receiveHigherTerm(message, instant)) return;
    if (message.term < this.term) {
      const answer = answerStale(message, this.header(message.from, instant));
      if (answer !== null) this.respond(answer);
      return;
    }
    switch (message.kind) {
      case 'preVoteRequest':
        return this.receivePreVoteRequest(message, instant);
      case 'preVoteResponse':
        return this.receivePreVoteResponse(message, instant);
      case 'voteRequest':
        return this.receiveVoteRequest(message, instant);
      case 'voteResponse':
        return this.receiveVoteResponse(message, instant);
      case 'appendRequest':
        return this.receiveAppendRequest(message, instant);
      case 'heartbeatRequest':
        return this.receiveHeartbeatRequest(message, instant);
      case 'appendResponse':
        if (this.role.kind === 'leader') this.role.leadership.appendResponse(message);
        return this.settleReads();
      case 'heartbeatResponse':
        if (this.role.kind === 'leader') this.role.leadership.heartbeatResponse(message);
        return this.settleReads();
      default:
        return unreachable(message);
    }
  }

  /** Appends one entry per payload, if this replica leads and may still hope to commit it. */
  propose(payloads: readonly Uint8Array[], instant: Instant): Proposal {
    if (this.role.kind !== 'leader') return { kind: 'refused', reason: 'notLeader' };
    const outcome = this.role.leadership.propose(payloads, instant);
    if (typeof outcome === 'string') return { kind: 'refused', reason: outcome };
    return { kind: 'appended', term: this.term, firstIndex: outcome };
  }

  /** Asks for the index a linearizable read must wait for; the answer comes by `takeReads`. */
  requestRead(id: ReadId, instant: Instant): 'waiting' | 'notLeader' | 'overloaded' {
    if (this.role.kind !== 'leader') return 'notLeader';
    const outcome = this.role.leadership.requestRead(id, instant);
    this.settleReads();
    return outcome;
  }

  /** Whether this leader may answer reads at `instant` from what it has applied. */
  leaseValidAt(instant: Instant): boolean {
    return this.role.kind === 'leader' && this.role.leadership.leaseValidAt(instant);
  }

  /** Write `id` and all before it were flushed to the disk. */
  persisted(id: WriteId, instant: Instant): void {
    const grew = this.durable.persisted(id);
    if (this.role.kind === 'leader' && grew) this.role.leadership.written();
    if (this.role.kind === 'candidate' && this.role.selfVoteWrite <= id) {
      this.role.ballot.record(this.id, true, instant.wallMs);
      this.countVotes(instant);
    }
  }

  takeMessages(): readonly OutgoingMessage[] {
    return this.outbox.take();
  }

  /** What has to reach the disk next, or null. Writes are made durable in the order taken. */
  takeWrite(): RaftWrite | null {
    return this.durable.takeWrite();
  }

  /** Reads whose index is known, and reads that a lost leadership left without an answer. */
  takeReads(): { readonly confirmed: readonly ReadReady[]; readonly lost: readonly ReadId[] } {
    const taken = { confirmed: this.confirmedReads, lost: this.lostReads };
    this.confirmedReads = [];
    this.lostReads = [];
    return taken;
  }

  /** @returns whether the message is to be handled further. */
  private receiveHigherTerm(message: Message, instant: Instant): boolean {
    switch (message.kind) {
      case 'preVoteRequest':
        this.receivePreVoteRequest(message, instant);
        return false;
      case 'preVoteResponse':
        if (message.granted) this.receivePreVoteResponse(message, instant);
        else this.becomeFollower(message.term, null);
        return false;
      case 'voteRequest':
        // Who follows a live leader ignores candidates: the lease counts on it (thesis §4.2.3).
        if (this.boundToLeader(instant)) return false;
        this.becomeFollower(message.term, null);
        return true;
      case 'appendRequest':
      case 'heartbeatRequest':
      case 'voteResponse':
      case 'appendResponse':
      case 'heartbeatResponse':
        this.becomeFollower(message.term, null);
        return true;
      default:
        return unreachable(message);
    }
  }

  private receivePreVoteRequest(message: PreVoteRequest, instant: Instant): void {
    const granted =
      message.term > this.term &&
      !this.boundToLeader(instant) &&
      this.log.isUpToDate(message.lastLogIndex, message.lastLogTerm);
    const header = this.header(message.from, instant);
    const term = granted ? message.term : this.term;
    this.respond({ kind: 'preVoteResponse', ...header, term, granted });
  }

  private receivePreVoteResponse(message: PreVoteResponse, instant: Instant): void {
    if (this.role.kind !== 'preCandidate') return;
    if (message.granted && message.term !== this.term + 1) return;
    this.role.ballot.record(message.from, message.granted, message.wallMs);
    this.countVotes(instant);
  }

  private receiveVoteRequest(message: VoteRequest, instant: Instant): void {
    const free = this.votedFor === null && this.leader === null;
    const granted =
      (free || this.votedFor === message.from) &&
      !this.boundToLeader(instant) &&
      this.log.isUpToDate(message.lastLogIndex, message.lastLogTerm);
    if (granted) {
      this.becomeFollower(this.term, null);
      if (this.votedFor !== message.from) this.durable.set(this.term, message.from);
    }
    this.respond({ kind: 'voteResponse', ...this.header(message.from, instant), granted });
  }

  private receiveVoteResponse(message: VoteResponse, instant: Instant): void {
    if (this.role.kind !== 'candidate') return;
    this.role.ballot.record(message.from, message.granted, message.wallMs);
    this.countVotes(instant);
  }

  private countVotes(instant: Instant): void {
    if (this.role.kind !== 'preCandidate' && this.role.kind !== 'candidate') return;
    const result = this.role.ballot.result(this.members);
    if (result === 'pending') return;
    if (result === 'lost') this.becomeFollower(this.term, null);
    else if (this.role.kind === 'preCandidate') this.becomeCandidate();
    else this.becomeLeader(this.role.ballot, instant);
  }

  private becomePreCandidate(instant: Instant): void {
    this.timer.redraw();
    this.contact.leaderId = null;
    const ballot = new Ballot();
    ballot.record(this.id, true, instant.wallMs);
    this.role = { kind: 'preCandidate', ballot };
    this.solicit('preVoteRequest', asTerm(this.term + 1), writeId(0));
    this.countVotes(instant);
  }

  private becomeCandidate(): void {
    this.timer.redraw();
    this.durable.set(asTerm(this.term + 1), this.id);
    // The candidate's own vote counts, and others are asked, when it is on the disk.
    const selfVoteWrite = this.durable.writeBehind();
    this.role = { kind: 'candidate', ballot: new Ballot(), selfVoteWrite };
    this.solicit('voteRequest', this.term, selfVoteWrite);
  }

  private becomeLeader(ballot: Ballot, instant: Instant): void {
    const { id, term, log, outbox, members, electionTimeoutMsMin } = this;
    this.contact.leaderId = this.id;
    const leadership = new Leadership(
      {
        id,
        term,
        log,
        outbox,
        members,
        electionTimeoutMsMin,
        heartbeatMs: this.options.heartbeatMs,
        wallMs: ballot.wallMs,
      },
      instant,
    );
    this.role = { kind: 'leader', leadership };
  }

  private becomeFollower(newTerm: Term, leader: ReplicaId | null): void {
    if (this.role.kind === 'leader') {
      this.settleReads();
      for (const read of this.role.leadership.takeAllReads()) this.lostReads.push(read.id);
    }
    if (newTerm > this.term) this.durable.set(newTerm, null);
    this.role = { kind: 'follower' };
    this.contact.leaderId = leader;
    this.timer.redraw();
  }

  private solicit(
    kind: 'preVoteRequest' | 'voteRequest',
    campaignTerm: Term,
    after: WriteId,
  ): void {
    const { lastIndex: lastLogIndex, lastTerm: lastLogTerm } = this.log;
    for (const to of replicasOf(this.members)) {
      if (to === this.id || !isVoter(this.members, to)) continue;
      const header = { from: this.id, to, term: campaignTerm };
      this.outbox.send({ kind, ...header, lastLogIndex, lastLogTerm }, after);
    }
  }

  /** Whether this replica must not help to elect another leader yet. */
  private boundToLeader(instant: Instant): boolean {
    return this.role.kind === 'leader' || this.contact.boundAt(instant.monotonicMs);
  }

  private receiveAppendRequest(message: AppendRequest, instant: Instant): void {
    this.follow(message.from, instant);
    const { outcome, promised } = acceptAppend(this.log, message);
    const header = this.header(message.from, instant);
    const { round } = message;
    this.respond({ kind: 'appendResponse', ...header, round, outcome }, promised);
  }

  private receiveHeartbeatRequest(message: HeartbeatRequest, instant: Instant): void {
    this.follow(message.from, instant);
    this.log.commitTo(message.leaderCommit);
    const { round } = message;
    this.respond({ kind: 'heartbeatResponse', ...this.header(message.from, instant), round });
  }

  private follow(leader: ReplicaId, instant: Instant): void {
    invariant(this.role.kind !== 'leader', 'Raft: one leader a term (Election Safety, Figure 3)', {
      term: this.term,
      leader,
    });
    if (this.role.kind !== 'follower' || this.leader !== leader) {
      this.becomeFollower(this.term, leader);
    }
    this.contact.heard(leader, instant.monotonicMs);
    this.timer.restart();
  }

  private header(to: ReplicaId, instant: Instant) {
    return { from: this.id, to, term: this.term, wallMs: instant.wallMs };
  }

  /** Sends a response when the term, the vote and the log up to `promised` are on the disk. */
  private respond(message: Message, promised: LogIndex = logIndex(0)): void {
    this.outbox.send(message, this.durable.writeBehind(promised));
  }

  private settleReads(): void {
    if (this.role.kind !== 'leader') return;
    this.confirmedReads.push(...this.role.leadership.takeConfirmedReads());
  }

  private get soleVoter(): boolean {
    const { voters, outgoingVoters } = this.members;
    return voters.length === 1 && outgoingVoters.length === 0;
  }
}
