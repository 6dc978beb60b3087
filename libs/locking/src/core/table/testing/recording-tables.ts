import { MemoryTables } from '../../../testing/memory-tables.js';

const TABLES = ['holds', 'waiters', 'sessions', 'delays', 'closed', 'breaks', 'counter'];

/** Tables that count what is written to them, can be copied, and can be compared as text. */
export class RecordingTables extends MemoryTables {
  /** Records written or removed. */
  writes = 0;

  override put(table: string, key: string, value: Uint8Array): void {
    this.writes += 1;
    super.put(table, key, value);
  }

  override remove(table: string, key: string): void {
    this.writes += 1;
    super.remove(table, key);
  }

  /** The writes since the last call. */
  takeWrites(): number {
    const { writes } = this;
    this.writes = 0;
    return writes;
  }

  copy(): RecordingTables {
    const copy = new RecordingTables();
    for (const table of TABLES)
      for (const [key, value] of this.range(table)) copy.put(table, key, value);
    copy.writes = 0;
    return copy;
  }

  /** How many records there are of each kind that has any but the counter. */
  get counts(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const table of TABLES) {
      if (table !== 'counter' && this.count(table) > 0) counts[table] = this.count(table);
    }
    return counts;
  }

  text(): string {
    const lines: string[] = [];
    for (const table of TABLES) {
      for (const [key, value] of this.range(table)) {
        lines.push(`${table} ${key} ${value.toString()}`);
      }
    }
    return lines.join('\n');
  }
}
