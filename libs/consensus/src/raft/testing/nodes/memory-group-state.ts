import { invariant } from '@sinkron/invariant';
import { decode, encode, TupleReader } from '../../../codec/tuple.js';
import { MemoryTables } from '../../../group/testing/memory-tables.js';
import type {
  GroupState,
  SnapshotPoint,
  SnapshotSink,
  SnapshotSource,
} from '../../driver/ports.js';
import { SnapshotExpiredError } from '../../driver/snapshot/snapshot-expired-error.js';

type Row = readonly [name: string, value: Uint8Array];

/** A group's state that is on its disk as soon as it is applied; its disk answers when told to. */
export class MemoryGroupState extends MemoryTables implements GroupState {
  appliedIndex = 0;
  appliedTerm = 0;
  saturated = false;
  installed: SnapshotPoint | null = null;
  /** Whether pictures of the state have been held for too long. */
  expired = false;
  /** Whether the parts of pictures are none. */
  garbled = false;
  /** What the disk has been asked for and not done yet. */
  private waiting: (() => void)[] = [];
  openSources = 0;

  get flushedIndex(): number {
    return this.appliedIndex;
  }

  markApplied(index: number, term: number): void {
    this.appliedIndex = index;
    this.appliedTerm = term;
  }

  /** The disk does what it was asked for. @returns whether there was anything. */
  settleDisk(): boolean {
    const waiting = this.waiting.splice(0);
    for (const act of waiting) act();
    return waiting.length > 0;
  }

  /** Power is cut: what was applied is on the disk, what the disk was asked for is not. */
  crash(): void {
    this.waiting = [];
  }

  openSnapshot(): SnapshotSource | null {
    if (this.appliedIndex === 0) return null;
    this.openSources += 1;
    const rows: Row[] = [...this.records];
    let open = true;
    return {
      index: this.appliedIndex,
      term: this.appliedTerm,
      next: (bytesMax) => {
        if (!open || this.expired) throw new SnapshotExpiredError('held for too long');
        if (rows.length === 0) return null;
        return encode(this.garbled ? 'no rows' : takeRows(rows, bytesMax));
      },
      close: () => {
        if (open) this.openSources -= 1;
        open = false;
      },
    };
  }

  beginInstall(point: SnapshotPoint): SnapshotSink {
    const staged: Row[] = [];
    return {
      write: (part, written) => {
        const rows = new TupleReader([decode(part)]).list().map(readRow);
        this.waiting.push(() => {
          staged.push(...rows);
          written();
        });
      },
      finish: (done) => {
        this.waiting.push(() => {
          this.replace(staged, point);
          done();
        });
      },
      abort: () => void staged.splice(0),
    };
  }

  private replace(rows: readonly Row[], point: SnapshotPoint): void {
    invariant(point.index > this.appliedIndex, 'MemoryGroupState: never goes back', { point });
    this.records.clear();
    for (const [name, value] of rows) this.records.set(name, value);
    this.appliedIndex = point.index;
    this.appliedTerm = point.term;
    this.installed = point;
  }
}

function takeRows(rows: Row[], bytesMax: number): readonly Row[] {
  let bytes = 0;
  let count = 0;
  for (const [name, value] of rows) {
    bytes += name.length + value.byteLength;
    if (count > 0 && bytes > bytesMax) break;
    count += 1;
  }
  return rows.splice(0, count);
}

function readRow(value: unknown): Row {
  const reader = new TupleReader(value);
  return [reader.text(), new Uint8Array(reader.bytes())];
}
