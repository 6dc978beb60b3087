import type { ReadTransaction } from '../environment/environment.js';
import { openRecord } from '../environment/checked-record.js';
import { CorruptionError, SnapshotExpiredError } from '../errors.js';
import { SNAPSHOT_PART_RECORDS_MAX, SNAPSHOT_READ_MS_MAX } from '../limits.js';
import type { AppliedRecord } from '../state/group-records.js';
import { ordinalStart, portableKey, tablesStart } from '../state/state-key.js';
import type { StateDisk } from '../state/state-disk.js';
import type { Timers } from '../timers.js';
import {
  encodePart,
  recordBytes,
  type SnapshotContent,
  type SnapshotRecord,
} from './snapshot-part.js';

/**
 * A consistent picture of one group's flushed state, read part by part.
 *
 * It rests on one read transaction of LMDB: commits go on beside it and change nothing of what it
 * shows. It ends by itself after `SNAPSHOT_READ_MS_MAX`.
 */
export class StateSnapshotSource {
  /** The last entry that the state includes, and its term. */
  readonly index: number;
  readonly term: number;
  /** Undefined once the picture is given back. */
  private transaction: ReadTransaction | undefined;
  private readonly cancelTimer: () => void;
  private sequence = 0;
  private recordCount = 0;
  /** The key of the last record that was read. */
  private last: Buffer | undefined;
  private ended = false;

  /**
   * @param closed is called once, when the transaction is given back.
   * @returns null when nothing of the group is on the disk.
   * @throws CorruptionError
   */
  static open(
    disk: StateDisk,
    group: string,
    timers: Timers,
    closed: (source: StateSnapshotSource) => void,
  ): StateSnapshotSource | null {
    const transaction = disk.beginRead();
    try {
      const found = disk.find(group, transaction);
      if (found !== undefined) {
        return new StateSnapshotSource(disk, { group, ...found }, transaction, timers, closed);
      }
    } catch (error) {
      transaction.done();
      throw error;
    }
    transaction.done();
    return null;
  }

  private constructor(
    private readonly disk: StateDisk,
    private readonly of: {
      readonly group: string;
      readonly ordinal: number;
      readonly applied: AppliedRecord;
    },
    transaction: ReadTransaction,
    timers: Timers,
    private readonly closed: (source: StateSnapshotSource) => void,
  ) {
    this.index = of.applied.index;
    this.term = of.applied.term;
    this.transaction = transaction;
    this.cancelTimer = timers.schedule(SNAPSHOT_READ_MS_MAX, () => this.close());
  }

  /**
   * The next part: at most `bytesMax` bytes of records, but one record at least, and at most
   * `SNAPSHOT_PART_RECORDS_MAX` records. The last part says that it is the last; then null.
   *
   * @throws SnapshotExpiredError when it was closed, by `close` or for its age. CorruptionError.
   */
  next(bytesMax: number): Uint8Array | null {
    if (this.ended) return null;
    if (this.transaction === undefined) throw new SnapshotExpiredError(this.of.group);
    const records = this.read(this.transaction, bytesMax);
    if (records.length > 0) {
      this.recordCount += records.length;
      return this.part({ kind: 'records', records });
    }
    this.ended = true;
    this.close();
    return this.part({ kind: 'end', recordCount: this.recordCount });
  }

  /** Gives the transaction back. Again, it does nothing. */
  close(): void {
    if (this.transaction === undefined) return;
    this.transaction.done();
    this.transaction = undefined;
    this.cancelTimer();
    this.closed(this);
  }

  private read(transaction: ReadTransaction, bytesMax: number): SnapshotRecord[] {
    const records: SnapshotRecord[] = [];
    let bytes = 0;
    const range = this.disk.records.getRange({
      start: this.last ?? tablesStart(this.of.ordinal),
      exclusiveStart: this.last !== undefined,
      end: ordinalStart(this.of.ordinal + 1),
      limit: SNAPSHOT_PART_RECORDS_MAX,
      transaction,
    });
    for (const { key: stored, value: sealed } of range) {
      const value = openRecord(stored, sealed);
      if (value === undefined) {
        const key = JSON.stringify(portableKey(stored).toString('utf8'));
        throw new CorruptionError(
          `record ${key} of group '${this.of.group}' in ${this.disk.path} fails its checksum`,
        );
      }
      const key = portableKey(stored);
      bytes += recordBytes(key, value);
      if (bytes > bytesMax && records.length > 0) break;
      records.push([key, value]);
      this.last = stored;
    }
    return records;
  }

  private part(content: SnapshotContent): Uint8Array {
    const { index, term } = this;
    return encodePart({ sequence: this.sequence++, index, term, content });
  }
}
