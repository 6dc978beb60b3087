import { compareByteOrder } from '@sinkron/utf8';
import type { RecordTables } from '../../ports.js';

/** Tables in memory, in order, that count their writes and can be compared as text. */
export class MemoryTables implements RecordTables {
  private readonly tables = new Map<string, { keys: string[]; values: Map<string, Uint8Array> }>();
  private writes = 0;

  get(table: string, key: string): Uint8Array | undefined {
    return this.tables.get(table)?.values.get(key);
  }

  put(table: string, key: string, value: Uint8Array): void {
    this.writes += 1;
    const { keys, values } = this.table(table);
    if (!values.has(key)) keys.splice(placeOf(keys, key), 0, key);
    values.set(key, Uint8Array.from(value));
  }

  remove(table: string, key: string): void {
    this.writes += 1;
    const { keys, values } = this.table(table);
    if (values.delete(key)) keys.splice(placeOf(keys, key), 1);
  }

  *range(table: string, from = ''): IterableIterator<readonly [key: string, value: Uint8Array]> {
    const { keys, values } = this.table(table);
    let key = keys[placeOf(keys, from)];
    while (key !== undefined) {
      const value = values.get(key);
      if (value !== undefined) yield [key, value];
      const at = placeOf(keys, key);
      key = keys[keys[at] === key ? at + 1 : at];
    }
  }

  /** Records written or removed since the last call. */
  takeWrites(): number {
    const { writes } = this;
    this.writes = 0;
    return writes;
  }

  /** How many records there are, of each table that has any. */
  get counts(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const [table, { keys }] of this.tables) if (keys.length > 0) counts[table] = keys.length;
    return counts;
  }

  copy(): MemoryTables {
    const copy = new MemoryTables();
    for (const [table, { values }] of this.tables) {
      for (const [key, value] of values) copy.put(table, key, value);
    }
    return copy;
  }

  text(): string {
    const lines: string[] = [];
    for (const [table, { values }] of this.tables) {
      for (const [key, value] of values) {
        lines.push(`${table} ${key} ${value.toString()}`);
      }
    }
    return lines.sort(compareByteOrder).join('\n');
  }

  private table(name: string): { keys: string[]; values: Map<string, Uint8Array> } {
    let table = this.tables.get(name);
    if (table === undefined) this.tables.set(name, (table = { keys: [], values: new Map() }));
    return table;
  }
}

/** Where the first key is that is not less. */
function placeOf(keys: readonly string[], key: string): number {
  let from = 0;
  let to = keys.length;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (compareByteOrder(keys[middle] ?? '', key) < 0) from = middle + 1;
    else to = middle;
  }
  return from;
}
