import { invariant } from '@sinkron/invariant';
import type { Configuration } from '../membership/configuration.js';
import { Membership } from '../membership/membership.js';
import { DurableState } from '../durable-state.js';
import { logIndex, type LogIndex, type ReplicaId, type Term } from '../identifiers.js';
import type { Instant } from '../instant.js';
import type { ReadId, ReadReady } from '../lease/read-queue.js';
import { ELECTION_TICKS_MIN } from '../limits.js';
import { openLog } from '../log/open-log.js';
import type { RaftLog } from '../log/raft-log.js';
import type { Message } from '../message.js';
import { Outbox } from '../outbox.js';
import type { RaftOptions } from '../raft-options.js';
import type { Ballot } from './election/ballot.js';
import { ElectionTimer } from './election/election-timer.js';
import { LeaderContact } from './leader-contact.js';
import { Leadership } from './leadership.js';
import type { Role } from './role.js';

/** What a replica is and holds, and how it changes its role: shared by the parts of the core. */
export class Standing {
  readonly id: ReplicaId;
  readonly membership: Membership;
  readonly log: RaftLog;
  readonly durable: DurableState;
  readonly outbox = new Outbox();
  readonly contact: LeaderContact;
  readonly timer: ElectionTimer;
  role: Role = { kind: 'follower' };
  private readonly electionTimeoutMsMin: number;
  private confirmedReads: ReadReady[] = [];
  private lostReads: ReadId[] = [];

  constructor(
    private readonly options: RaftOptions,
    instant: Instant,
  ) {
    this.id = options.id;
    this.membership = new Membership(options.members);
    this.log = openLog(options.reader, options.log, options.installed, this.membership);
    const { hardState, installed } = options;
    // The snapshot may have been on the disk before the term in which it was sent.
    const behind = installed !== null && installed.term > hardState.term;
    const known = behind ? { term: installed.term, votedFor: null } : hardState;
    this.durable = new DurableState(known, this.log);
    if (behind) this.durable.set(known.term, null);
    this.electionTimeoutMsMin = ELECTION_TICKS_MIN * options.heartbeatMs;
    const silentMs = options.formation || this.soleVoter ? 0 : this.electionTimeoutMsMin;
    this.contact = new LeaderContact(this.electionTimeoutMsMin, instant.monotonicMs + silentMs);
    this.timer = new ElectionTimer(options.random);
  }

  get term(): Term {
    return this.durable.term;
  }

  get leader(): ReplicaId | null {
    return this.contact.leaderId;
  }

  /** The leader's volatile state while this replica leads. */
  get leadership(): Leadership | undefined {
    return this.role.kind === 'leader' ? this.role.leadership : undefined;
  }

  /** The members that count: those of the latest configuration in the log. */
  get members(): Configuration {
    return this.membership.effective;
  }

  /** Whether this replica may stand for election. */
  get mayCampaign(): boolean {
    return this.membership.mayCampaign(this.id);
  }

  get soleVoter(): boolean {
    return this.membership.isSoleVoter(this.id);
  }

  becomeLeader(ballot: Ballot, instant: Instant): void {
    const { id, term, log, outbox, membership, electionTimeoutMsMin } = this;
    this.contact.leaderId = this.id;
    const leadership = new Leadership(
      {
        id,
        term,
        log,
        outbox,
        membership,
        electionTimeoutMsMin,
        heartbeatMs: this.options.heartbeatMs,
        wallMs: ballot.wallMs,
      },
      instant,
    );
    this.role = { kind: 'leader', leadership };
  }

  becomeFollower(newTerm: Term, leader: ReplicaId | null): void {
    if (this.role.kind === 'leader') {
      this.settleReads();
      for (const read of this.role.leadership.takeAllReads()) this.lostReads.push(read.id);
    }
    if (newTerm > this.term) this.durable.set(newTerm, null);
    this.role = { kind: 'follower' };
    this.contact.leaderId = leader;
    this.timer.redraw();
  }

  /** The leader of this term was heard. */
  follow(leader: ReplicaId, instant: Instant): void {
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

  /** Whether this replica must not help to elect another leader yet. */
  boundToLeader(instant: Instant): boolean {
    return this.role.kind === 'leader' || this.contact.boundAt(instant.monotonicMs);
  }

  header(to: ReplicaId, instant: Instant) {
    return { from: this.id, to, term: this.term, wallMs: instant.wallMs };
  }

  /** Sends a response when the term, the vote and the log up to `promised` are on the disk. */
  respond(message: Message, promised: LogIndex = logIndex(0)): void {
    this.outbox.send(message, this.durable.writeBehind(promised));
  }

  /** A snapshot has brought other members: a candidate may be none of them. */
  membersReplaced(): void {
    const { kind } = this.role;
    if (kind !== 'preCandidate' && kind !== 'candidate') return;
    if (!this.mayCampaign) this.becomeFollower(this.term, null);
  }

  /** What follows from an input that has been handled. */
  settle(instant: Instant): void {
    this.leadership?.continueChange(instant);
    this.settleReads();
  }

  settleReads(): void {
    if (this.role.kind !== 'leader') return;
    this.confirmedReads.push(...this.role.leadership.takeConfirmedReads());
  }

  takeReads(): { readonly confirmed: readonly ReadReady[]; readonly lost: readonly ReadId[] } {
    const taken = { confirmed: this.confirmedReads, lost: this.lostReads };
    this.confirmedReads = [];
    this.lostReads = [];
    return taken;
  }
}
