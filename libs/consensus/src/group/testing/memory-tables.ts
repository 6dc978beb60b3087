import type { StateTables } from '../replicated-machine.js';

/** Tables in memory, for tests of what is kept in them. */
export class MemoryTables implements StateTables {
  readonly records = new Map<string, Uint8Array>();

  get(table: string, key: string): Uint8Array | undefined {
    return this.records.get(`${table} ${key}`);
  }

  put(table: string, key: string, value: Uint8Array): void {
    this.records.set(`${table} ${key}`, value);
  }

  remove(table: string, key: string): void {
    this.records.delete(`${table} ${key}`);
  }

  *range(table: string, from = ''): IterableIterator<readonly [string, Uint8Array]> {
    const prefix = `${table} `;
    for (const [name, value] of [...this.records].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const key = name.slice(prefix.length);
      if (name.startsWith(prefix) && key >= from) yield [key, value];
    }
  }
}
