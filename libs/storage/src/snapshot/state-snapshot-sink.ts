import { invariant } from '@sinkron/invariant';
import { sealRecord } from '../environment/checked-record.js';
import type { Change } from '../environment/environment.js';
import { MalformedError } from '../errors.js';
import {
  appliedKey,
  encodeApplied,
  encodeInstalled,
  installedKey,
  type SnapshotPoint,
} from '../state/group-records.js';
import type { StateDisk } from '../state/state-disk.js';
import { storedKey } from '../state/state-key.js';
import { SnapshotPartOrder } from './snapshot-part-order.js';

/** What the store does with an install. Each is called once at most, and one of the two. */
export interface InstallOutcome {
  /** The group's records are those of `ordinal` now. `replaced` is what was its ordinal. */
  switched(ordinal: number, replaced: number | undefined): void;
  /** The records of `ordinal` are of no use. */
  abandoned(ordinal: number): void;
}

/**
 * State of a group that arrives part by part and replaces the present one as a whole, or never
 * happened.
 *
 * The parts are staged under an ordinal of their own, which the disk lists as scrap; `finish` gives
 * it to the group in one transaction. So whenever the process is killed, the group has its old state
 * or the new one, and the other is swept.
 */
export class StateSnapshotSink {
  private readonly ordinal: number;
  private readonly order: SnapshotPartOrder;
  private writing = false;
  private ending: 'finished' | 'aborted' | undefined;
  private listed = false;

  constructor(
    private readonly disk: StateDisk,
    private readonly group: string,
    private readonly point: SnapshotPoint,
    private readonly outcome: InstallOutcome,
  ) {
    this.ordinal = disk.directory.stage();
    this.order = new SnapshotPartOrder(point);
  }

  /**
   * Stages one part; `written` is called when it is on the disk, in a later turn, unless the sink is
   * aborted first. One part at a time. The bytes are not kept.
   *
   * @throws MalformedError for a part that no source made, or out of its order: nothing of it is
   *   staged, and the sink takes the right one still.
   */
  write(part: Uint8Array, written: () => void): void {
    invariant(this.ending === undefined, 'StateSnapshotSink: parts come before the end', {
      group: this.group,
    });
    invariant(!this.writing, 'StateSnapshotSink: one part at a time', { group: this.group });
    const changes = this.order.accept(part).map(([key, value]): Change => {
      const stored = storedKey(this.ordinal, key);
      return { table: this.disk.records, key: stored, value: sealRecord(stored, value) };
    });
    this.writing = true;
    void this.stage(changes).then((staged) => {
      this.writing = false;
      if (staged && this.ending === undefined) written();
    });
  }

  /**
   * Switches the group to what was staged. `done` is called in a later turn, at the moment in which
   * its tables, applied index and `installed` become the snapshot's; that is on the disk by then.
   * Changes not flushed before that moment are dropped.
   *
   * @throws MalformedError when the last part has not come.
   */
  finish(done: () => void): void {
    const { group, point } = this;
    invariant(this.ending === undefined, 'StateSnapshotSink: it ends once', { group });
    invariant(!this.writing, 'StateSnapshotSink: the last part is written', { group });
    if (!this.order.complete) throw new MalformedError('the last part of the snapshot is missing');
    this.ending = 'finished';
    void this.disk.write(async () => {
      const { directory, records: table } = this.disk;
      const replaced = directory.assign(group, this.ordinal);
      const applied = appliedKey(this.ordinal);
      const installed = installedKey(this.ordinal);
      await this.disk.commit([
        directory.record(),
        { table, key: applied, value: encodeApplied(applied, point) },
        { table, key: installed, value: encodeInstalled(installed, point) },
      ]);
      this.outcome.switched(this.ordinal, replaced);
      done();
    });
  }

  /** Gives up, unless it has been finished: what was staged is removed in the background. */
  abort(): void {
    if (this.ending !== undefined) return;
    this.ending = 'aborted';
    this.outcome.abandoned(this.ordinal);
  }

  /** The first part brings the record by which a later start knows that the ordinal is scrap. */
  private stage(changes: readonly Change[]): Promise<boolean> {
    return this.disk.write(async () => {
      if (changes.length === 0 || this.ending !== undefined) return;
      await this.disk.commit(this.listed ? changes : [this.disk.directory.record(), ...changes]);
      this.listed = true;
    });
  }
}
