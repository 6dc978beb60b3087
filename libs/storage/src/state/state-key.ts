import { invariant } from '@sinkron/invariant';
import { openRecord, sealRecord } from '../environment/checked-record.js';
import { STATE_KEY_BYTES_MAX } from '../limits.js';

const ORDINAL_BYTES = 2;
const SEPARATOR = 0;
const LONE_SURROGATE = /\p{Surrogate}/u;

/**
 * `[ordinal u16][table, UTF-8][0][key, UTF-8]`: tables of a group stay together and keys order by
 * their UTF-8 bytes.
 */
export function stateKey(ordinal: number, table: string, key: string): Buffer {
  const prefix = tableStart(ordinal, table);
  return Buffer.concat([prefix, Buffer.from(key, 'utf8')]);
}

/** The least possible key of a table. */
export function tableStart(ordinal: number, table: string): Buffer {
  const start = Buffer.allocUnsafe(ORDINAL_BYTES + Buffer.byteLength(table, 'utf8') + 1);
  start.writeUInt16BE(ordinal, 0);
  start.write(table, ORDINAL_BYTES, 'utf8');
  start.writeUInt8(SEPARATOR, start.length - 1);
  return start;
}

/** The least key that lies behind a table. */
export function tableEnd(ordinal: number, table: string): Buffer {
  const end = tableStart(ordinal, table);
  end.writeUInt8(SEPARATOR + 1, end.length - 1);
  return end;
}

/** The part of a stored key behind its table. */
export function keyOf(stored: Buffer, table: string): string {
  return stored.toString('utf8', ORDINAL_BYTES + Buffer.byteLength(table, 'utf8') + 1);
}

/** Two strings that differ must differ on the disk too, and fit there. */
export function checkKey(table: string, key: string): void {
  invariant(table.length > 0 && !table.includes('\0'), 'StateStore: a table has a plain name', {
    table,
  });
  invariant(!LONE_SURROGATE.test(table + '\0' + key), 'StateStore: keys are well-formed strings', {
    table,
    key,
  });
  const bytes = Buffer.byteLength(table, 'utf8') + Buffer.byteLength(key, 'utf8');
  invariant(bytes <= STATE_KEY_BYTES_MAX, 'StateStore: table and key <= STATE_KEY_BYTES_MAX', {
    table,
    bytes,
  });
}

/** How far a group's state has come: the last entry whose changes it holds. */
export interface AppliedRecord {
  readonly index: number;
  readonly term: number;
}

const NUMBER_BYTES = 6;

/** The key of a group's applied record, which sorts before its tables. */
export function appliedKey(ordinal: number): Buffer {
  const key = Buffer.allocUnsafe(ORDINAL_BYTES);
  key.writeUInt16BE(ordinal, 0);
  return key;
}

export function encodeApplied(key: Buffer, applied: AppliedRecord): Buffer {
  const payload = Buffer.allocUnsafe(2 * NUMBER_BYTES);
  payload.writeUIntBE(applied.index, 0, NUMBER_BYTES);
  payload.writeUIntBE(applied.term, NUMBER_BYTES, NUMBER_BYTES);
  return sealRecord(key, payload);
}

/** Undefined when the checksum does not fit. */
export function decodeApplied(key: Buffer, record: Buffer): AppliedRecord | undefined {
  const payload = openRecord(key, record);
  if (payload?.length !== 2 * NUMBER_BYTES) return undefined;
  return {
    index: payload.readUIntBE(0, NUMBER_BYTES),
    term: payload.readUIntBE(NUMBER_BYTES, NUMBER_BYTES),
  };
}
