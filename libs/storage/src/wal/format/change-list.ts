import { invariant } from '@sinkron/invariant';
import type { Change, Table } from '../../environment/environment.js';

/** table (1), bytes of the key (2), bytes of the value (4) */
const FIXED_BYTES = 7;

/** Stands where the bytes of a value would, for a removal. */
const REMOVED = 0xffff_ffff;

/** How many bytes `encodeChanges` writes. */
export function changesBytes(changes: readonly Change[]): number {
  return changes.reduce(
    (bytes, { key, value }) => bytes + FIXED_BYTES + key.length + (value?.length ?? 0),
    0,
  );
}

/** @param tables a table is written as its place in this list, which is part of the format. */
export function encodeChanges(
  changes: readonly Change[],
  tables: readonly Table[],
  target: Buffer,
  from: number,
): void {
  let at = from;
  for (const { table, key, value } of changes) {
    const number = tables.indexOf(table);
    invariant(number >= 0, 'encodeChanges: the table is listed', { tables: tables.length });
    target.writeUInt8(number, at);
    target.writeUInt16BE(key.length, at + 1);
    target.writeUInt32BE(value === null ? REMOVED : value.length, at + 3);
    at += FIXED_BYTES;
    target.set(key, at);
    at += key.length;
    if (value === null) continue;
    target.set(value, at);
    at += value.length;
  }
}

/** Undefined for bytes that `encodeChanges` never wrote. Keys and values are views into `bytes`. */
export function decodeChanges(bytes: Buffer, tables: readonly Table[]): Change[] | undefined {
  const changes: Change[] = [];
  let at = 0;
  const take = (count: number): Buffer => bytes.subarray(at, (at += count));
  while (at < bytes.length) {
    if (bytes.length - at < FIXED_BYTES) return undefined;
    const table = tables[bytes.readUInt8(at)];
    const keyBytes = bytes.readUInt16BE(at + 1);
    const valueBytes = bytes.readUInt32BE(at + 3);
    at += FIXED_BYTES;
    const length = keyBytes + (valueBytes === REMOVED ? 0 : valueBytes);
    if (table === undefined || at + length > bytes.length) return undefined;
    const key = take(keyBytes);
    changes.push({ table, key, value: valueBytes === REMOVED ? null : take(valueBytes) });
  }
  return changes;
}
