import type { Configuration } from '../../membership/configuration.js';
import type { ReplicaId } from '../../identifiers.js';
import { jointVote } from '../../quorum/joint-quorum.js';
import type { VoteResult } from '../../quorum/majority-quorum.js';

/** The votes of one campaign, and the wall clocks that came with them. */
export class Ballot {
  private readonly votes = new Map<ReplicaId, boolean>();
  readonly wallMs = new Map<ReplicaId, number>();

  /** The first answer of a replica counts. */
  record(from: ReplicaId, granted: boolean, wallMs: number): void {
    if (this.votes.has(from)) return;
    this.votes.set(from, granted);
    this.wallMs.set(from, wallMs);
  }

  result(members: Configuration): VoteResult {
    return jointVote(members, (id) => this.votes.get(id));
  }
}
