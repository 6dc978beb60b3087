import { isVoter, replicasOf } from '../../membership/configuration.js';
import { term as asTerm, writeId, type Term, type WriteId } from '../../identifiers.js';
import type { Instant } from '../../instant.js';
import type {
  PreVoteRequest,
  PreVoteResponse,
  TimeoutNowRequest,
  VoteRequest,
  VoteResponse,
} from '../../message.js';
import { Ballot } from './ballot.js';
import type { Standing } from '../standing.js';

/** Campaigns and votes (Raft §5.2, §5.4.1; pre-vote, thesis §9.6; transfers, thesis §3.10). */
export class Elections {
  constructor(private readonly standing: Standing) {}

  /** One tick of a replica that does not lead. */
  tick(instant: Instant): void {
    const { standing } = this;
    const { timer, soleVoter, role, contact } = standing;
    const timedOut = timer.tick() || (soleVoter && role.kind === 'follower');
    // Ticks may come closer together than a heartbeat; the promise to the leader is in time.
    if (!timedOut || contact.boundAt(instant.monotonicMs)) return;
    if (standing.mayCampaign) this.becomePreCandidate(instant);
    // Who may not campaign forgets the silent leader all the same, and waits for the next one.
    else standing.becomeFollower(standing.term, null);
  }

  /** Write `id` is flushed: it may have been the one with the candidate's own vote. */
  persisted(id: WriteId, instant: Instant): void {
    const { role } = this.standing;
    if (role.kind !== 'candidate' || role.selfVoteWrite > id) return;
    role.ballot.record(this.standing.id, true, instant.wallMs);
    this.countVotes(instant);
  }

  receivePreVoteRequest(message: PreVoteRequest, instant: Instant): void {
    const { standing } = this;
    const granted =
      message.term > standing.term &&
      !standing.boundToLeader(instant) &&
      standing.log.isUpToDate(message.lastLogIndex, message.lastLogTerm);
    const header = standing.header(message.from, instant);
    const term = granted ? message.term : standing.term;
    standing.respond({ kind: 'preVoteResponse', ...header, term, granted });
  }

  receivePreVoteResponse(message: PreVoteResponse, instant: Instant): void {
    const { role, term } = this.standing;
    if (role.kind !== 'preCandidate') return;
    if (message.granted && message.term !== term + 1) return;
    role.ballot.record(message.from, message.granted, message.wallMs);
    this.countVotes(instant);
  }

  /**
   * Whether a candidate is not listened to: who follows a live leader ignores candidates, for the
   * lease counts on it (thesis §4.2.3). A leader that asked for the campaign has no lease.
   */
  ignores(message: VoteRequest, instant: Instant): boolean {
    return !message.transfer && this.standing.boundToLeader(instant);
  }

  receiveVoteRequest(message: VoteRequest, instant: Instant): void {
    const { standing } = this;
    const { durable, log } = standing;
    // A term that has a leader needs no votes: a late copy of the one that elected it changes nothing.
    const granted =
      standing.leader === null &&
      (durable.votedFor === null || durable.votedFor === message.from) &&
      !this.ignores(message, instant) &&
      log.isUpToDate(message.lastLogIndex, message.lastLogTerm);
    if (granted) {
      standing.becomeFollower(standing.term, null);
      if (durable.votedFor !== message.from) durable.set(standing.term, message.from);
    }
    const header = standing.header(message.from, instant);
    standing.respond({ kind: 'voteResponse', ...header, granted });
  }

  receiveVoteResponse(message: VoteResponse, instant: Instant): void {
    const { role } = this.standing;
    if (role.kind !== 'candidate') return;
    role.ballot.record(message.from, message.granted, message.wallMs);
    this.countVotes(instant);
  }

  /** The leader hands its office over: no pre-vote, and voters need not have lost the leader. */
  receiveTimeoutNow(message: TimeoutNowRequest, instant: Instant): void {
    const { standing } = this;
    standing.follow(message.from, instant);
    if (standing.mayCampaign) this.becomeCandidate(true);
  }

  /** A leader that has given up its lease campaigns for a term in which it may have one again. */
  renewTerm(): void {
    this.standing.becomeFollower(this.standing.term, null);
    this.becomeCandidate(true);
  }

  private countVotes(instant: Instant): void {
    const { standing } = this;
    const { role } = standing;
    if (role.kind !== 'preCandidate' && role.kind !== 'candidate') return;
    const result = role.ballot.result(standing.members);
    if (result === 'pending') return;
    if (result === 'lost') standing.becomeFollower(standing.term, null);
    else if (role.kind === 'preCandidate') this.becomeCandidate(false);
    else standing.becomeLeader(role.ballot, instant);
  }

  private becomePreCandidate(instant: Instant): void {
    const { standing } = this;
    standing.timer.redraw();
    standing.contact.leaderId = null;
    const ballot = new Ballot();
    ballot.record(standing.id, true, instant.wallMs);
    standing.role = { kind: 'preCandidate', ballot };
    this.solicit({ kind: 'preVoteRequest' }, asTerm(standing.term + 1), writeId(0));
    this.countVotes(instant);
  }

  private becomeCandidate(transfer: boolean): void {
    const { standing } = this;
    const { durable } = standing;
    standing.timer.redraw();
    standing.contact.leaderId = null;
    durable.set(asTerm(standing.term + 1), standing.id);
    // The candidate's own vote counts, and others are asked, when it is on the disk.
    const selfVoteWrite = durable.writeBehind();
    standing.role = { kind: 'candidate', ballot: new Ballot(), selfVoteWrite };
    this.solicit({ kind: 'voteRequest', transfer }, standing.term, selfVoteWrite);
  }

  private solicit(
    what: { readonly kind: 'preVoteRequest' } | Pick<VoteRequest, 'kind' | 'transfer'>,
    campaignTerm: Term,
    after: WriteId,
  ): void {
    const { id, members, log, outbox } = this.standing;
    const { lastIndex: lastLogIndex, lastTerm: lastLogTerm } = log;
    for (const to of replicasOf(members)) {
      if (to === id || !isVoter(members, to)) continue;
      const header = { from: id, to, term: campaignTerm };
      outbox.send({ ...what, ...header, lastLogIndex, lastLogTerm }, after);
    }
  }
}
