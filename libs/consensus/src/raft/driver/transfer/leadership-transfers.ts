import type { ReplicaId } from '../../core/identifiers.js';
import type { Instant } from '../../core/instant.js';
import { ELECTION_TICKS_MAX } from '../../core/limits.js';
import type { Raft } from '../../core/raft.js';
import type { GroupDriver } from '../group-driver.js';
import { nodeOf } from '../replica-id.js';

export type TransferOutcome =
  | { readonly kind: 'leads'; readonly leader: ReplicaId; readonly term: number }
  /** This replica does not lead: ask the one that does. */
  | { readonly kind: 'notLeader'; readonly leader: ReplicaId | null; readonly term: number }
  | { readonly kind: 'notVoter' }
  /** It did not come to lead in time; who leads now, if anybody, is not known. */
  | { readonly kind: 'failed' };

interface Waiting {
  readonly driver: GroupDriver;
  readonly to: ReplicaId;
  readonly untilMs: number;
  readonly done: (outcome: TransferOutcome) => void;
}

/** Transfers of leadership under way from this node, until the other leads or has failed to. */
export class LeadershipTransfers {
  private waiting: Waiting[] = [];

  constructor(private readonly heartbeatMs: number) {}

  /** `done` is called once: now, or by a later `settle`. */
  begin(
    driver: GroupDriver,
    toNode: string,
    instant: Instant,
    done: (outcome: TransferOutcome) => void,
  ): void {
    const { raft } = driver;
    // One whose vote is about to end is not asked to lead.
    const to = raft.members.voters.find((voter) => nodeOf(voter) === toNode);
    if (to === undefined) return done({ kind: 'notVoter' });
    if (to === raft.id && raft.roleName === 'leader') {
      return done({ kind: 'leads', leader: to, term: raft.term });
    }
    const started = raft.transfer(to, instant);
    if (started === 'notLeader') {
      return done({ kind: 'notLeader', leader: raft.leader, term: raft.term });
    }
    // The leader gives up after the shortest election timeout; an election takes its time as well.
    const untilMs = instant.monotonicMs + ELECTION_TICKS_MAX * this.heartbeatMs;
    this.waiting.push({ driver, to, untilMs, done });
  }

  /** Looks what has become of those under way; called after each run. */
  settle(instant: Instant): void {
    if (this.waiting.length === 0) return;
    this.waiting = this.waiting.filter(({ driver: { raft }, to, untilMs, done }) => {
      if (raft.leader === to) {
        done({ kind: 'leads', leader: to, term: raft.term });
      } else if (instant.monotonicMs >= untilMs || overtaken(raft, to)) {
        done({ kind: 'failed' });
      } else {
        return true;
      }
      return false;
    });
  }
}

/** A third one leads. */
function overtaken({ id, leader }: Raft, to: ReplicaId): boolean {
  return leader !== null && leader !== id && leader !== to;
}
