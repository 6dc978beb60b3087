import { expectPromise } from '../world/violation.js';
import type { CommittedLog, CommittingReplica } from './committed-log.js';

/**
 * What was committed in a term is in the log of every leader of a later one (Raft Figure 3). One
 * entry is compared: by Log Matching all before it agree as well.
 */
export class LeaderCompleteness {
  constructor(private readonly committed: CommittedLog) {}

  elected(leader: CommittingReplica): void {
    const index = this.committed.lastCommittedBefore(leader.term);
    if (index === 0) return;
    expectPromise(
      leader.termAt(index) === this.committed.termAt(index),
      'Leader Completeness: a leader has every entry committed before its term',
      { node: leader.node, term: leader.term, index, has: leader.termAt(index) ?? null },
    );
  }
}
