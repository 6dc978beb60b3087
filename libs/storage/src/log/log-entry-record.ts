import { openRecord, sealRecord } from '../environment/checked-record.js';

/** One entry of a group's log. */
export interface LogEntryRecord {
  /** From 1. */
  readonly index: number;
  readonly term: number;
  /** What `data` is, as the log's owner numbers it: 0 to 255. */
  readonly kind: number;
  /** The stamp the leader gave it, milliseconds. */
  readonly timeMs: number;
  readonly data: Uint8Array;
}

const KEY_BYTES = 8;
const INDEX_BYTES = 6;
/** term (6), kind (1), timeMs (8, a double) */
const HEADER_BYTES = 15;

/** `[ordinal u16][index u48]`, so that the bytes order by group, then by index. */
export function entryKey(ordinal: number, index: number): Buffer {
  const key = Buffer.allocUnsafe(KEY_BYTES);
  key.writeUInt16BE(ordinal, 0);
  key.writeUIntBE(index, KEY_BYTES - INDEX_BYTES, INDEX_BYTES);
  return key;
}

export function indexOfKey(key: Buffer): number {
  return key.readUIntBE(KEY_BYTES - INDEX_BYTES, INDEX_BYTES);
}

export function ordinalOfKey(key: Buffer): number {
  return key.readUInt16BE(0);
}

export function encodeEntry(key: Buffer, entry: LogEntryRecord): Buffer {
  const header = Buffer.allocUnsafe(HEADER_BYTES);
  header.writeUIntBE(entry.term, 0, INDEX_BYTES);
  header.writeUInt8(entry.kind, INDEX_BYTES);
  header.writeDoubleBE(entry.timeMs, INDEX_BYTES + 1);
  return sealRecord(key, header, entry.data);
}

/** Undefined when the checksum does not fit. `data` is a view into `record`. */
export function decodeEntry(key: Buffer, record: Buffer): LogEntryRecord | undefined {
  const payload = openRecord(key, record);
  if (payload === undefined || payload.length < HEADER_BYTES) return undefined;
  return {
    index: indexOfKey(key),
    term: payload.readUIntBE(0, INDEX_BYTES),
    kind: payload.readUInt8(INDEX_BYTES),
    timeMs: payload.readDoubleBE(INDEX_BYTES + 1),
    data: payload.subarray(HEADER_BYTES),
  };
}
