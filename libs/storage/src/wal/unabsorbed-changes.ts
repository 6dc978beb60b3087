import { invariant } from '@sinkron/invariant';
import type { Change, Table } from '../environment/environment.js';
import { UNABSORBED_CHANGE_OVERHEAD_BYTES } from '../limits.js';

/** The last change of each key, by table and key. */
class Layer {
  readonly tables = new Map<Table, Map<string, Change>>();
  bytes = 0;
  count = 0;
  /** The last record that is in it. */
  sequence = 0;

  put(change: Change): void {
    let changes = this.tables.get(change.table);
    if (changes === undefined) this.tables.set(change.table, (changes = new Map()));
    const name = nameOf(change.key);
    const replaced = changes.get(name);
    if (replaced) this.bytes -= bytesOf(replaced);
    else this.count++;
    this.bytes += bytesOf(change);
    changes.set(name, change);
  }

  get(table: Table, name: string): Change | undefined {
    return this.tables.get(table)?.get(name);
  }

  *changes(): Generator<Change> {
    for (const changes of this.tables.values()) yield* changes.values();
  }
}

/** What `freeze` gives. */
export interface FrozenChanges {
  readonly changes: Change[];
  /** The last record that they are from. */
  readonly sequence: number;
}

/**
 * Changes that are on the disk in the write-ahead log and not in LMDB yet: reads look here first.
 *
 * Two layers: one takes new changes, the other, while there is one, is on its way into LMDB. Its size
 * needs no limit of its own: each change is in a file of the log that is not used again before.
 */
export class UnabsorbedChanges {
  private active = new Layer();
  private frozen: Layer | undefined;

  /** Takes the changes of a record. */
  add(sequence: number, changes: readonly Change[]): void {
    for (const change of changes) this.active.put(change);
    this.active.sequence = sequence;
  }

  /** Key, value and what surrounds them, bytes. */
  get bytes(): number {
    return this.active.bytes + (this.frozen?.bytes ?? 0);
  }

  /** Keys that `freeze` would give, and their bytes. */
  get waiting(): { readonly count: number; readonly bytes: number } {
    return this.active;
  }

  /** The last change of a key; undefined when LMDB knows best. */
  get(table: Table, key: Buffer): Change | undefined {
    const name = nameOf(key);
    return this.active.get(table, name) ?? this.frozen?.get(table, name);
  }

  /** Gives all changes, one of each key, to be put into LMDB; undefined when there are none. */
  freeze(): FrozenChanges | undefined {
    invariant(this.frozen === undefined, 'UnabsorbedChanges: one way into LMDB at a time');
    if (this.active.count === 0) return undefined;
    this.frozen = this.active;
    this.active = new Layer();
    return { changes: [...this.frozen.changes()], sequence: this.frozen.sequence };
  }

  /** LMDB has what was frozen. */
  release(): void {
    this.frozen = undefined;
  }

  /** The changed keys in [start, end), in their order. */
  within(table: Table, start: Buffer, end: Buffer): Change[] {
    const found = new Map<string, Change>();
    for (const layer of [this.frozen, this.active]) {
      for (const [name, change] of layer?.tables.get(table) ?? []) {
        if (change.key.compare(start) >= 0 && change.key.compare(end) < 0) found.set(name, change);
      }
    }
    return [...found.values()].sort((a, b) => a.key.compare(b.key));
  }
}

function nameOf(key: Buffer): string {
  return key.toString('latin1');
}

function bytesOf({ key, value }: Change): number {
  return key.length + (value?.length ?? 0) + UNABSORBED_CHANGE_OVERHEAD_BYTES;
}
