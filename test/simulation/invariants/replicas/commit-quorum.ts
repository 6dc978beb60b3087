import type { LogDisk } from '../../disk/log-disk.js';
import { expectPromise } from '../../world/violation.js';
import type { CommittedLog } from './committed-log.js';
import type { LogMatching } from './log-matching.js';

/** An entry is committed when the disks of a majority have it, and not a moment before. */
export class CommitQuorum {
  constructor(
    private readonly disks: readonly LogDisk[],
    private readonly committed: CommittedLog,
    private readonly logs: LogMatching,
  ) {}

  /** The entries were committed for the first time; the last one stands for those before it. */
  committedFirst(indexes: readonly number[]): void {
    const index = indexes.at(-1);
    if (index === undefined) return;
    const term = this.committed.termAt(index) ?? 0;
    const chain = this.logs.chain(index, term);
    const holders = this.disks.filter((disk) => disk.durableChain(index) === chain).length;
    expectPromise(
      2 * holders > this.disks.length,
      'a committed entry is on the disks of a majority',
      { index, term, holders, replicas: this.disks.length },
    );
  }
}
