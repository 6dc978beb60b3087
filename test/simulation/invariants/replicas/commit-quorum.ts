import type { Configuration, ReplicaId } from '@sinkron/consensus';
import type { LogDisk } from '../../disk/log-disk.js';
import { expectPromise } from '../../world/violation.js';
import type { CommittedLog } from './committed-log.js';
import type { LogMatching } from './log-matching.js';
import type { MembersHistory } from './members-history.js';

/**
 * An entry is committed when the disks of a majority have it, and not a moment before; while a change
 * of the members is under way, of a majority of either half (Raft §6).
 */
export class CommitQuorum {
  /** @param disks of every replica there ever was, as it has or had them. */
  constructor(
    private readonly disks: ReadonlyMap<ReplicaId, LogDisk>,
    private readonly committed: CommittedLog,
    private readonly logs: LogMatching,
    private readonly history: MembersHistory,
  ) {}

  /**
   * The entries were committed for the first time; the last one stands for those before it.
   *
   * @param effective the configurations that counted at the replica that committed them, before this
   * event and after it: a configuration counts from the moment it is appended.
   */
  committedFirst(indexes: readonly number[], effective: readonly Configuration[]): void {
    const last = indexes.at(-1);
    if (last === undefined) return;
    const reached = effective.some((members) => this.shortHalf(last, members) === null);
    const [before] = effective;
    expectPromise(reached, 'a committed entry is on the disks of a majority', {
      index: last,
      effective,
      short: before === undefined ? null : this.shortHalf(last, before),
    });
    for (const index of indexes) {
      const members = this.history.at(index, this.committed.termAt(index) ?? 0);
      const short = members === undefined ? null : this.shortHalf(index, members);
      expectPromise(short === null, 'a committed entry is on the disks of a majority', {
        index,
        short,
        configuration: members,
      });
    }
  }

  /** A half of the members of which no majority has the entry; null when there is none. */
  private shortHalf(index: number, members: Configuration): unknown {
    const chain = this.logs.chain(index, this.committed.termAt(index) ?? 0);
    for (const half of [members.voters, members.outgoingVoters]) {
      const holders = half.filter((id) => this.disks.get(id)?.durableChain(index) === chain);
      if (half.length > 0 && 2 * holders.length <= half.length) return { half, holders };
    }
    return null;
  }
}
