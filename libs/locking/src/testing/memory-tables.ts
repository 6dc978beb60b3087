import { compareByteOrder } from '@sinkron/utf8';
import type { RecordTables } from '../core/table/ports.js';

/** Tables in memory with the order and the copying of the real ones. */
export class MemoryTables implements RecordTables {
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

  *range(table: string, from = ''): IterableIterator<readonly [key: string, value: Uint8Array]> {
    const records = this.tables.get(table) ?? new Map<string, Uint8Array>();
    const keys = [...records.keys()].filter((key) => compareByteOrder(key, from) >= 0);
    for (const key of keys.sort(compareByteOrder)) {
      const value = records.get(key);
      if (value !== undefined) yield [key, value];
    }
  }

  count(table: string): number {
    return this.tables.get(table)?.size ?? 0;
  }
}
