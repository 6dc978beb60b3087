import { invariant } from '@sinkron/invariant';
import { compareByteOrder } from '@sinkron/utf8';
import { RANGE_READ_BYTES, RANGE_READ_BYTES_FIRST } from '../limits.js';
import { Overlay } from './overlay.js';
import type { AppliedRecord, SnapshotPoint } from './group-records.js';
import type { StateTableReader } from './state-table-reader.js';

/** What one commit takes from a group. */
export interface FrozenState {
  readonly overlay: Overlay;
  readonly applied: AppliedRecord;
}

/**
 * The tables of one group's state machines.
 *
 * A record is looked for in the changes since the last freeze, then in those on their way to the
 * disk, then on the disk. Values given in are kept, not copied: never change them afterwards.
 */
export class GroupStateStore {
  private current = new Overlay();
  private frozen: FrozenState | undefined;
  private applied: AppliedRecord;
  private flushed: AppliedRecord;
  private installedPoint: SnapshotPoint | null;
  /** Changes were made that no `markApplied` has closed. */
  private open = false;
  /** Grows whenever the disk may answer differently than before. */
  private generation = 0;

  /** @param disk is undefined as long as nothing of the group is on the disk. */
  constructor(
    private disk: StateTableReader | undefined,
    on: { readonly applied: AppliedRecord; readonly installed: SnapshotPoint | null },
    /** Called with what a change adds to the memory; `records` counts those changed anew. */
    private readonly changed: (bytes: number, records: number) => void,
  ) {
    this.applied = on.applied;
    this.flushed = on.applied;
    this.installedPoint = on.installed;
  }

  /** The last entry that `markApplied` closed, in memory. */
  get appliedIndex(): number {
    return this.applied.index;
  }

  get appliedTerm(): number {
    return this.applied.term;
  }

  /** The last entry whose changes, and those of all before it, are on the disk. */
  get flushedIndex(): number {
    return this.flushed.index;
  }

  /**
   * The last snapshot that became the state of this disk; null when none did. Ahead of the log, or
   * at odds with the log's term there, it says that the log has yet to be reset to it.
   */
  get installed(): SnapshotPoint | null {
    return this.installedPoint;
  }

  /** @throws CorruptionError */
  get(table: string, key: string): Uint8Array | undefined {
    const change = this.change(table, key);
    return change === undefined ? this.disk?.get(table, key) : (change ?? undefined);
  }

  put(table: string, key: string, value: Uint8Array): void {
    this.set(table, key, value);
  }

  remove(table: string, key: string): void {
    this.set(table, key, null);
  }

  /**
   * The records of `table` with `from <= key`, in the order of their keys' UTF-8 bytes.
   *
   * Changes made during the walk are seen if they lie ahead of it. It holds no transaction, so it
   * may be left at any point.
   *
   * @throws CorruptionError
   */
  *range(table: string, from = ''): IterableIterator<readonly [string, Uint8Array]> {
    let bound = from;
    let exclusive = false;
    let read: (readonly [string, Uint8Array])[] = [];
    let readAt = -1;
    let readGeneration = -1;
    // Many ranges end after a few records; those that go on read more at a time.
    let bytesMax = RANGE_READ_BYTES_FIRST;
    for (;;) {
      const stale = readGeneration !== this.generation;
      if (stale || (readAt >= read.length && read.length > 0)) {
        read = this.disk?.readFrom(table, bound, exclusive, bytesMax) ?? [];
        bytesMax = Math.min(2 * bytesMax, RANGE_READ_BYTES);
        readAt = 0;
        readGeneration = this.generation;
      }
      const stored = read[readAt];
      const key = least(
        this.current.next(table, bound, exclusive),
        this.frozen?.overlay.next(table, bound, exclusive),
        stored?.[0],
      );
      if (key === undefined) return;
      if (key === stored?.[0]) readAt++;
      bound = key;
      exclusive = true;
      const change = this.change(table, key);
      const value = change === undefined ? stored?.[1] : change;
      if (value !== undefined && value !== null) yield [key, value];
    }
  }

  /** Closes the changes of one entry; entries are applied in order, each once. */
  markApplied(index: number, term: number): void {
    invariant(index > this.applied.index, 'GroupStateStore: applied index grows', {
      applied: this.applied.index,
      index,
    });
    invariant(term >= this.applied.term, 'GroupStateStore: applied term never falls', {
      applied: this.applied.term,
      term,
    });
    this.applied = { index, term };
    this.open = false;
    this.changed(0, 0);
  }

  /** For the store: whether a commit has something to write. */
  get dirty(): boolean {
    return this.applied !== (this.frozen?.applied ?? this.flushed) || this.open;
  }

  /** For the store: memory of the changes not on the disk, bytes. */
  get bytes(): number {
    return this.current.bytes + (this.frozen?.overlay.bytes ?? 0);
  }

  /** For the store: takes the changes so far, all of them of closed entries. */
  freeze(): FrozenState {
    invariant(this.frozen === undefined, 'GroupStateStore: one commit at a time');
    invariant(!this.open, 'GroupStateStore: a commit holds whole entries', {
      applied: this.applied.index,
    });
    this.frozen = { overlay: this.current, applied: this.applied };
    this.current = new Overlay();
    return this.frozen;
  }

  /** For the store: what was frozen is on the disk, where `disk` reads it. */
  release(disk: StateTableReader): void {
    invariant(this.frozen !== undefined, 'GroupStateStore: a commit was under way');
    this.disk = disk;
    this.flushed = this.frozen.applied;
    this.frozen = undefined;
    this.generation++;
  }

  /**
   * For the store: the disk has other state now, that of a snapshot, and nothing in memory belongs
   * to it. @returns what is dropped.
   */
  replace(disk: StateTableReader, point: SnapshotPoint): Overlay {
    invariant(this.frozen === undefined, 'GroupStateStore: no commit while state is replaced');
    invariant(!this.open, 'GroupStateStore: state is replaced between entries', {
      applied: this.applied.index,
    });
    invariant(this.applied.index <= point.index, 'GroupStateStore: a snapshot never leads back', {
      applied: this.applied.index,
      index: point.index,
    });
    const dropped = this.current;
    this.current = new Overlay();
    this.disk = disk;
    this.applied = { index: point.index, term: point.term };
    this.flushed = this.applied;
    this.installedPoint = point;
    this.generation++;
    return dropped;
  }

  private set(table: string, key: string, value: Uint8Array | null): void {
    const { bytes, count } = this.current;
    this.current.set(table, key, value);
    this.open = true;
    this.changed(this.current.bytes - bytes, this.current.count - count);
  }

  private change(table: string, key: string): Uint8Array | null | undefined {
    const current = this.current.get(table, key);
    return current === undefined ? this.frozen?.overlay.get(table, key) : current;
  }
}

function least(...keys: readonly (string | undefined)[]): string | undefined {
  let found: string | undefined;
  for (const key of keys) {
    if (key === undefined) continue;
    if (found === undefined || compareByteOrder(key, found) < 0) found = key;
  }
  return found;
}
