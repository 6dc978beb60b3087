import { isUtf8 } from 'node:buffer';
import { invariant } from '@sinkron/invariant';
import { STATE_KEY_BYTES_MAX } from '../limits.js';

const ORDINAL_BYTES = 2;
const SEPARATOR = 0;
const LONE_SURROGATE = /\p{Surrogate}/u;

/**
 * `[ordinal u16][table, UTF-8][0][key, UTF-8]`: tables of a group stay together and keys order by
 * their UTF-8 bytes.
 */
export function stateKey(ordinal: number, table: string, key: string): Buffer {
  // One call for both texts, with two bytes in front that the ordinal replaces.
  const stored = Buffer.from(`\0\0${table}\0${key}`, 'utf8');
  stored.writeUInt16BE(ordinal, 0);
  return stored;
}

/** The least possible key of a table. */
export function tableStart(ordinal: number, table: string): Buffer {
  return stateKey(ordinal, table, '');
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

/** A table has a name that ends where its separator is. */
export function checkTable(table: string): void {
  invariant(
    table.length > 0 && !table.includes('\0') && !LONE_SURROGATE.test(table),
    'StateStore: a table has a plain name',
    { table },
  );
}

/** Two strings that differ must differ on the disk too, and fit there. */
export function checkKey(table: string, key: string): void {
  invariant(!LONE_SURROGATE.test(key), 'StateStore: keys are well-formed strings', { table, key });
  // One unit of UTF-16 is at most three bytes.
  if ((table.length + key.length) * 3 <= STATE_KEY_BYTES_MAX) return;
  const bytes = Buffer.byteLength(table, 'utf8') + Buffer.byteLength(key, 'utf8');
  invariant(bytes <= STATE_KEY_BYTES_MAX, 'StateStore: table and key <= STATE_KEY_BYTES_MAX', {
    table,
    bytes,
  });
}

/** The least key of an ordinal, which is that of its applied record. */
export function ordinalStart(ordinal: number): Buffer {
  const start = Buffer.allocUnsafe(ORDINAL_BYTES);
  start.writeUInt16BE(ordinal, 0);
  return start;
}

export function ordinalOfKey(stored: Buffer): number {
  return stored.readUInt16BE(0);
}

/** The least key behind the records that are about the group and in none of its tables. */
export function tablesStart(ordinal: number): Buffer {
  return Buffer.concat([ordinalStart(ordinal), Buffer.of(SEPARATOR + 1)]);
}

/** A stored key as it is whatever the ordinal: `[table][0][key]`. A view. */
export function portableKey(stored: Buffer): Buffer {
  return stored.subarray(ORDINAL_BYTES);
}

/** Whether bytes from outside can be a key of a table. */
export function isPortableKey(key: Uint8Array): boolean {
  return key.length <= STATE_KEY_BYTES_MAX + 1 && key.indexOf(SEPARATOR) > 0 && isUtf8(key);
}

/** The stored key that `portable` has under an ordinal. */
export function storedKey(ordinal: number, portable: Uint8Array): Buffer {
  const stored = Buffer.allocUnsafe(ORDINAL_BYTES + portable.length);
  stored.writeUInt16BE(ordinal, 0);
  stored.set(portable, ORDINAL_BYTES);
  return stored;
}
