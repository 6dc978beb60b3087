import { openRecord } from '../environment/checked-record.js';
import type { Table } from '../environment/environment.js';
import { CorruptionError } from '../errors.js';
import { RANGE_READ_RECORDS } from '../limits.js';
import { keyOf, stateKey, tableEnd } from './state-key.js';

/** Reads the flushed records of one group and checks their checksums. */
export class StateTableReader {
  constructor(
    private readonly table: Table,
    private readonly group: string,
    private readonly ordinal: number,
  ) {}

  /** @throws CorruptionError */
  get(table: string, key: string): Uint8Array | undefined {
    const storedKey = stateKey(this.ordinal, table, key);
    const record = this.table.getBinary(storedKey);
    return record && this.open(table, key, storedKey, record);
  }

  /**
   * The first records with `key >= bound`, or `> bound` when `exclusive`, some at a time: until they
   * have `bytesMax`, at least one.
   *
   * No read transaction outlives the call. An empty answer means that there are no more.
   *
   * @throws CorruptionError
   */
  readFrom(
    table: string,
    bound: string,
    exclusive: boolean,
    bytesMax: number,
  ): (readonly [string, Uint8Array])[] {
    const records: (readonly [string, Uint8Array])[] = [];
    let bytes = 0;
    const range = this.table.getRange({
      start: stateKey(this.ordinal, table, bound),
      end: tableEnd(this.ordinal, table),
      exclusiveStart: exclusive,
      limit: RANGE_READ_RECORDS,
    });
    for (const { key: storedKey, value } of range) {
      const key = keyOf(storedKey, table);
      records.push([key, this.open(table, key, storedKey, value)]);
      bytes += value.length;
      if (bytes >= bytesMax) break;
    }
    return records;
  }

  private open(table: string, key: string, storedKey: Buffer, record: Buffer): Uint8Array {
    const value = openRecord(storedKey, record);
    if (value !== undefined) return value;
    throw new CorruptionError(
      `record '${key}' of table '${table}' of group '${this.group}' fails its checksum`,
    );
  }
}
