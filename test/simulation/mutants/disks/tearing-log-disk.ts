import type { GroupWrite } from '@sinkron/consensus';
import { LogDisk } from '../../disk/log-disk.js';

/** Counts what a crash has left of a write: its entries, but not the term and the vote. */
export class TearingLogDisk extends LogDisk {
  protected override tear(write: GroupWrite): void {
    const { hardState: _lost, compactThrough: _kept, ...entries } = write;
    this.makeDurable(entries);
  }
}
