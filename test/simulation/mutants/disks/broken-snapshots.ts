import type { SnapshotRow } from '../../disk/state-snapshot.js';
import { StateDisk } from '../../disk/state-disk.js';
import type { StoredState } from '../../disk/state-tables.js';

/** Shows in every snapshot what it has shown in the one before. */
export class StaleSnapshotDisk extends StateDisk {
  private shown: readonly SnapshotRow[] | null = null;

  protected override snapshotRows(stored: StoredState): SnapshotRow[] {
    const rows = super.snapshotRows(stored);
    const stale = this.shown ?? rows;
    this.shown = rows;
    return [...stale];
  }
}

/** Leaves the counter of the fencing tokens out of its snapshots. */
export class CounterlessSnapshotDisk extends StateDisk {
  protected override snapshotRows(stored: StoredState): SnapshotRow[] {
    return super.snapshotRows(stored).filter(([table]) => table !== 'locks.counter');
  }
}

/** Leaves out of its snapshots which messages groups have acknowledged. */
export class MarklessSnapshotDisk extends StateDisk {
  protected override snapshotRows(stored: StoredState): SnapshotRow[] {
    return super.snapshotRows(stored).filter(([table]) => table !== 'topics.marks');
  }
}
