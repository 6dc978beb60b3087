import { STATE_CHANGE_OVERHEAD_BYTES } from '../limits.js';
import { OrderedMap } from './ordered-map.js';
import { checkKey, checkTable } from './state-key.js';

/** The last change of a record: its value, or null when it was removed. */
export type Change = Uint8Array | null;

/** Changes of one group that are not on the disk: the last one of each key. */
export class Overlay {
  private readonly tables = new Map<string, OrderedMap<Change>>();
  /** Memory of the changes, about, bytes. */
  private size = 0;

  /** Records that were changed. */
  private records = 0;

  get bytes(): number {
    return this.size;
  }

  get count(): number {
    return this.records;
  }

  get(table: string, key: string): Change | undefined {
    return this.tables.get(table)?.get(key);
  }

  /** Stops on names that the disk cannot tell apart or hold. */
  set(table: string, key: string, change: Change): void {
    let changes = this.tables.get(table);
    if (changes === undefined) {
      // Once for each table and commit, not for each change.
      checkTable(table);
      changes = new OrderedMap();
      this.tables.set(table, changes);
    }
    checkKey(table, key);
    const before = changes.set(key, change);
    if (before === undefined) {
      this.records++;
      this.size += key.length + STATE_CHANGE_OVERHEAD_BYTES;
    }
    this.size += (change?.length ?? 0) - (before?.length ?? 0);
  }

  /** The least changed key that is `>= bound`, or `> bound` when `exclusive`. */
  next(table: string, bound: string, exclusive: boolean): string | undefined {
    return this.tables.get(table)?.next(bound, exclusive);
  }

  *changes(): IterableIterator<readonly [table: string, key: string, change: Change]> {
    for (const [table, changes] of this.tables) {
      for (const [key, change] of changes.entries()) yield [table, key, change];
    }
  }
}
