import type { RecordTables } from '../ports.js';

/** Tables in memory with the order and the copying of the real ones, which can be copied whole. */
export class ModelTables implements RecordTables {
  private readonly tables = new Map<string, Map<string, Uint8Array>>();

  get(table: string, key: string): Uint8Array | undefined {
    return this.tables.get(table)?.get(key);
  }

  put(table: string, key: string, value: Uint8Array): void {
    const records = this.tables.get(table) ?? new Map<string, Uint8Array>();
    this.tables.set(table, records.set(key, Uint8Array.from(value)));
  }

  remove(table: string, key: string): void {
    this.tables.get(table)?.delete(key);
  }

  /** As they stand now, whatever is written while they are read. Keys of topics are ASCII. */
  *range(table: string, from = ''): IterableIterator<readonly [key: string, value: Uint8Array]> {
    const records = this.tables.get(table) ?? new Map<string, Uint8Array>();
    const keys = [...records.keys()].filter((key) => key >= from);
    for (const key of keys.sort()) {
      const value = records.get(key);
      if (value !== undefined) yield [key, value];
    }
  }

  copy(): ModelTables {
    const copy = new ModelTables();
    for (const [table, records] of this.tables) {
      for (const [key, value] of records) copy.put(table, key, value);
    }
    return copy;
  }

  /** Whether the other has the same records. */
  isSameAs(other: ModelTables): boolean {
    return this.has(other) && other.has(this);
  }

  private has({ tables }: ModelTables): boolean {
    for (const [table, records] of tables) {
      for (const [key, value] of records) {
        const own = this.tables.get(table)?.get(key);
        if (own === undefined || !isSameBytes(own, value)) return false;
      }
    }
    return true;
  }
}

function isSameBytes(one: Uint8Array, other: Uint8Array): boolean {
  if (one.length !== other.length) return false;
  for (let at = 0; at < one.length; at += 1) if (one[at] !== other[at]) return false;
  return true;
}
