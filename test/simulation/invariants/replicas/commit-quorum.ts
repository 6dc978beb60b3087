import type { Configuration, ReplicaId } from '@sinkron/consensus';
import type { LogDisk } from '../../disk/log-disk.js';
import { expectPromise } from '../../world/violation.js';
import type { CommittedLog } from './committed-log.js';
import type { LogMatching } from './log-matching.js';

/**
 * An entry is committed when the disks of a majority have it, and not a moment before; while a change
 * of the members is under way, of a majority of either half (Raft §6).
 */
export class CommitQuorum {
  /** @param disks of every replica that has not lost its own. */
  constructor(
    private readonly disks: ReadonlyMap<ReplicaId, LogDisk>,
    private readonly committed: CommittedLog,
    private readonly logs: LogMatching,
  ) {}

  /**
   * The entries were committed for the first time; the last one stands for those before it.
   *
   * @param members the effective ones of the replica that committed them.
   */
  committedFirst(indexes: readonly number[], members: Configuration): void {
    const index = indexes.at(-1);
    if (index === undefined) return;
    const term = this.committed.termAt(index) ?? 0;
    const chain = this.logs.chain(index, term);
    for (const half of [members.voters, members.outgoingVoters]) {
      const holders = half.filter((id) => this.disks.get(id)?.durableChain(index) === chain);
      expectPromise(
        half.length === 0 || 2 * holders.length > half.length,
        'a committed entry is on the disks of a majority',
        { index, term, holders, half },
      );
    }
  }
}
