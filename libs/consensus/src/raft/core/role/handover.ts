import type { LogIndex, ReplicaId, Term } from '../identifiers.js';
import type { Instant } from '../instant.js';
import type { LeaderLease } from '../lease/leader-lease.js';
import type { RaftLog } from '../log/raft-log.js';
import type { Outbox } from '../outbox.js';

export interface HandoverOptions {
  readonly id: ReplicaId;
  readonly term: Term;
  readonly log: RaftLog;
  readonly outbox: Outbox;
  readonly lease: LeaderLease;
  readonly electionTimeoutMsMin: number;
  readonly matchIndexOf: (id: ReplicaId) => LogIndex;
}

/**
 * How a leader hands its office over (thesis §3.10): it brings the other's log up to its own, ends its
 * lease, and asks it to campaign at once.
 */
export class Handover {
  /** To whom, since when, and whether they were asked. */
  private underWay: { readonly to: ReplicaId; readonly startedMs: number; asked: boolean } | null =
    null;

  constructor(private readonly options: HandoverOptions) {}

  /** Who is to lead next, if anybody was chosen. */
  get to(): ReplicaId | null {
    return this.underWay?.to ?? null;
  }

  begin(to: ReplicaId, instant: Instant): void {
    if (this.underWay?.to === to) return;
    this.underWay = { to, startedMs: instant.monotonicMs, asked: false };
    this.continue();
  }

  /** Whether the other has not come to lead within an election timeout. */
  overdueAt(instant: Instant): boolean {
    if (this.underWay === null) return false;
    return instant.monotonicMs - this.underWay.startedMs >= this.options.electionTimeoutMsMin;
  }

  giveUp(): void {
    this.underWay = null;
  }

  /** News of a follower's log: it may be the one who is to lead, and not asked yet. */
  matchGrew(): void {
    if (this.underWay?.asked === false) this.continue();
  }

  /** Asks the one who is to lead, each heartbeat anew, once its log has all that this one has. */
  continue(): void {
    if (this.underWay === null) return;
    const { id: from, term, outbox, log, lease, matchIndexOf } = this.options;
    const { to } = this.underWay;
    if (matchIndexOf(to) < log.lastIndex) return;
    // Who campaigns at this leader's bidding need not wait for its lease.
    lease.end();
    this.underWay.asked = true;
    outbox.send({ kind: 'timeoutNowRequest', from, to, term });
  }
}
