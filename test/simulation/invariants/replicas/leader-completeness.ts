import { expectPromise } from '../../world/violation.js';
import type { CommittedLog, CommittingReplica } from './committed-log.js';

/**
 * What was committed in a term is in the log of every leader of a later one (Raft Figure 3). One
 * entry is compared: by Log Matching all before it agree as well.
 */
export class LeaderCompleteness {
  constructor(private readonly committed: CommittedLog) {}

  elected(leader: CommittingReplica): void {
    const index = this.committed.lastCommittedBefore(leader.term);
    // Below the base it is in the state, which is compared with that of all others.
    if (index < Math.max(1, leader.baseIndex)) return;
    expectPromise(
      leader.termAt(index) === this.committed.termAt(index),
      'Leader Completeness: a leader has every entry committed before its term',
      { node: leader.node, term: leader.term, index, has: leader.termAt(index) ?? null },
    );
  }
}
