import { invariant } from '@sinkron/invariant';
import { compareUtf8 } from '../utf8-order.js';
import { Overlay } from './overlay.js';
import { checkKey, type AppliedRecord } from './state-key.js';
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
  /** Changes were made that no `markApplied` has closed. */
  private open = false;
  /** Grows whenever the disk may answer differently than before. */
  private generation = 0;

  constructor(
    private readonly disk: StateTableReader,
    applied: AppliedRecord,
    private readonly changed: (bytes: number) => void,
  ) {
    this.applied = applied;
    this.flushed = applied;
  }

  /** The last entry that `markApplied` closed, in memory. */
  get appliedIndex(): number {
    return this.applied.index;
  }

  get appliedTerm(): number {
    return this.applied.term;
  }

  /** The last entry whose changes, and those of all before it, are on the disk. */
  get flushedAppliedIndex(): number {
    return this.flushed.index;
  }

  /** @throws CorruptionError */
  get(table: string, key: string): Uint8Array | undefined {
    const change = this.change(table, key);
    return change === undefined ? this.disk.get(table, key) : (change ?? undefined);
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
    for (;;) {
      const stale = readGeneration !== this.generation;
      if (stale || (readAt >= read.length && read.length > 0)) {
        read = this.disk.readFrom(table, bound, exclusive);
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
    this.changed(0);
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

  /** For the store: what was frozen is on the disk. */
  release(): void {
    invariant(this.frozen !== undefined, 'GroupStateStore: a commit was under way');
    this.flushed = this.frozen.applied;
    this.frozen = undefined;
    this.generation++;
  }

  private set(table: string, key: string, value: Uint8Array | null): void {
    checkKey(table, key);
    const before = this.current.bytes;
    this.current.set(table, key, value);
    this.open = true;
    this.changed(this.current.bytes - before);
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
    if (found === undefined || compareUtf8(key, found) < 0) found = key;
  }
  return found;
}
