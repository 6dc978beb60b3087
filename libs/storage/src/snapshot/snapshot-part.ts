import { crc32 } from 'node:zlib';

/**
 * A part of a snapshot as it travels:
 *
 * `[CRC-32 of the rest][kind u8][sequence u32][index u48][term u48]`, then for `records`
 * `([key bytes u16][value bytes u32][key][value])*`, for `end` `[count of all records u48]`.
 *
 * Parts are numbered from 0 and all name the entry that the snapshot was taken at, so a part that is
 * missing, doubled, moved or from another snapshot is noticed; the end tells that none is missing.
 */
export interface SnapshotPart {
  readonly sequence: number;
  readonly index: number;
  readonly term: number;
  readonly content: SnapshotContent;
}

export type SnapshotContent =
  | { readonly kind: 'records'; readonly records: readonly SnapshotRecord[] }
  | { readonly kind: 'end'; readonly recordCount: number };

/** `key` is `[table][0][key]`. */
export type SnapshotRecord = readonly [key: Uint8Array, value: Uint8Array];

const KIND_AT = 4;
const SEQUENCE_AT = 5;
const INDEX_AT = 9;
const TERM_AT = 15;
const HEADER_BYTES = 21;
const NUMBER_BYTES = 6;
const KEY_LENGTH_BYTES = 2;
const LENGTHS_BYTES = 6;

const RECORDS = 1;
const END = 2;

/** What a record adds to a part, bytes. */
export function recordBytes(key: Uint8Array, value: Uint8Array): number {
  return LENGTHS_BYTES + key.length + value.length;
}

export function encodePart({ sequence, index, term, content }: SnapshotPart): Buffer {
  const part = Buffer.allocUnsafe(HEADER_BYTES + contentBytes(content));
  part.writeUInt8(content.kind === 'records' ? RECORDS : END, KIND_AT);
  part.writeUInt32BE(sequence, SEQUENCE_AT);
  part.writeUIntBE(index, INDEX_AT, NUMBER_BYTES);
  part.writeUIntBE(term, TERM_AT, NUMBER_BYTES);
  if (content.kind === 'records') {
    let at = HEADER_BYTES;
    for (const [key, value] of content.records) {
      part.writeUInt16BE(key.length, at);
      part.writeUInt32BE(value.length, at + KEY_LENGTH_BYTES);
      part.set(key, at + LENGTHS_BYTES);
      part.set(value, at + LENGTHS_BYTES + key.length);
      at += recordBytes(key, value);
    }
  } else {
    part.writeUIntBE(content.recordCount, HEADER_BYTES, NUMBER_BYTES);
  }
  part.writeUInt32BE(crc32(part.subarray(KIND_AT)), 0);
  return part;
}

/** Undefined when `bytes` are no part. Keys and values are views into them. */
export function decodePart(bytes: Uint8Array): SnapshotPart | undefined {
  const part = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (part.length < HEADER_BYTES) return undefined;
  if (part.readUInt32BE(0) !== crc32(part.subarray(KIND_AT))) return undefined;
  const content = decodeContent(part);
  return (
    content && {
      sequence: part.readUInt32BE(SEQUENCE_AT),
      index: part.readUIntBE(INDEX_AT, NUMBER_BYTES),
      term: part.readUIntBE(TERM_AT, NUMBER_BYTES),
      content,
    }
  );
}

function decodeContent(part: Buffer): SnapshotContent | undefined {
  switch (part.readUInt8(KIND_AT)) {
    case RECORDS: {
      const records = decodeRecords(part);
      return records && { kind: 'records', records };
    }
    case END:
      if (part.length !== HEADER_BYTES + NUMBER_BYTES) return undefined;
      return { kind: 'end', recordCount: part.readUIntBE(HEADER_BYTES, NUMBER_BYTES) };
    default:
      return undefined;
  }
}

function decodeRecords(part: Buffer): SnapshotRecord[] | undefined {
  const records: SnapshotRecord[] = [];
  let at = HEADER_BYTES;
  while (at < part.length) {
    const keyAt = at + LENGTHS_BYTES;
    if (keyAt > part.length) return undefined;
    const valueAt = keyAt + part.readUInt16BE(at);
    const end = valueAt + part.readUInt32BE(at + KEY_LENGTH_BYTES);
    if (end > part.length) return undefined;
    records.push([part.subarray(keyAt, valueAt), part.subarray(valueAt, end)]);
    at = end;
  }
  return records;
}

function contentBytes(content: SnapshotContent): number {
  if (content.kind === 'end') return NUMBER_BYTES;
  return content.records.reduce((bytes, [key, value]) => bytes + recordBytes(key, value), 0);
}
