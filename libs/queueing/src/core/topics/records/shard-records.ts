import type { RecordCodec, RecordTables } from '../../ports.js';

/** Records of a shard's topics as values; keys are made by `record-keys.ts`. */
export class ShardRecords {
  constructor(
    readonly codec: RecordCodec,
    readonly tables: RecordTables,
  ) {}

  /** Undefined when there is none. The value is to be validated. */
  get(table: string, key: string): unknown {
    const bytes = this.tables.get(table, key);
    return bytes === undefined ? undefined : this.codec.decode(bytes);
  }

  put(table: string, key: string, record: unknown): void {
    this.tables.put(table, key, this.codec.encode(record));
  }

  remove(table: string, key: string): void {
    this.tables.remove(table, key);
  }

  /** All records whose key begins with `prefix`, from the key `from` on. */
  *under(
    table: string,
    prefix: string,
    from = prefix,
  ): Generator<readonly [key: string, bytes: Uint8Array], void, undefined> {
    for (const record of this.tables.range(table, from)) {
      if (!record[0].startsWith(prefix)) return;
      yield record;
    }
  }

  /** Removes records whose key begins with `prefix`, at most `budget`. @returns how many. */
  removeUnder(table: string, prefix: string, budget: number): number {
    let removed = 0;
    for (const [key] of this.under(table, prefix)) {
      if (removed >= budget) break;
      this.tables.remove(table, key);
      removed += 1;
    }
    return removed;
  }
}
