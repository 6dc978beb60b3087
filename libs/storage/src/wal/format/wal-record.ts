import { crc32 } from 'node:zlib';

/** What a disk writes whole or not at all. Records begin and end at its borders, so that a write that
 *  is torn never touches the record before it. */
export const SECTOR_BYTES = 512;

/** Before the body. */
export const RECORD_HEAD_BYTES = 32;

const MAGIC = 0x53574c52;
const HEAD_CHECKSUM_AT = 4;
const GENERATION_AT = 8;
const SEQUENCE_AT = 14;
const BODY_BYTES_AT = 20;
const ZERO_SECTORS_AT = 24;
const BODY_CHECKSUM_AT = 28;
const NUMBER_BYTES = 6;

/** The last bytes of every record: no record ends in zeros, so one that does was cut short. */
const END_MARK = 0x53574c45;
const END_MARK_BYTES = 4;

const ZERO_SECTOR = Buffer.alloc(SECTOR_BYTES);

/** What the first bytes of a record say, once their own checksum has been found right. */
export interface RecordHead {
  /** Of the file, when the record was written. */
  readonly generation: number;
  /** Counts the records of a folder, from 1. */
  readonly sequence: number;
  readonly bodyBytes: number;
  /** Sectors of the record that rightly hold nothing but zeros. */
  readonly zeroSectors: number;
  readonly bodyChecksum: number;
}

/** Which record it is. `seed` stands for the folder, and is part of every checksum. */
export interface RecordPlace {
  readonly seed: number;
  readonly generation: number;
  readonly sequence: number;
}

/** How long a record with such a body is: whole sectors. */
export function recordBytes(bodyBytes: number): number {
  const bytes = RECORD_HEAD_BYTES + bodyBytes + END_MARK_BYTES;
  return Math.ceil(bytes / SECTOR_BYTES) * SECTOR_BYTES;
}

/**
 * Makes a record of a buffer that has the body behind `RECORD_HEAD_BYTES`.
 *
 * @param record `recordBytes(bodyBytes)` long; what is not body is overwritten.
 */
export function sealWalRecord(record: Buffer, bodyBytes: number, place: RecordPlace): void {
  const end = record.length - END_MARK_BYTES;
  record.fill(0, RECORD_HEAD_BYTES + bodyBytes, end);
  record.writeUInt32BE(END_MARK, end);
  record.fill(0, 0, RECORD_HEAD_BYTES);
  record.writeUInt32BE(MAGIC, 0);
  record.writeUIntBE(place.generation, GENERATION_AT, NUMBER_BYTES);
  record.writeUIntBE(place.sequence, SEQUENCE_AT, NUMBER_BYTES);
  record.writeUInt32BE(bodyBytes, BODY_BYTES_AT);
  record.writeUInt32BE(countZeroSectors(record, 0, record.length), ZERO_SECTORS_AT);
  const body = record.subarray(RECORD_HEAD_BYTES);
  record.writeUInt32BE(crc32(body, place.seed), BODY_CHECKSUM_AT);
  const head = record.subarray(GENERATION_AT, RECORD_HEAD_BYTES);
  record.writeUInt32BE(crc32(head, place.seed), HEAD_CHECKSUM_AT);
}

/** Undefined when no record of this folder begins here. */
export function readRecordHead(bytes: Buffer, at: number, seed: number): RecordHead | undefined {
  if (bytes.readUInt32BE(at) !== MAGIC) return undefined;
  const head = bytes.subarray(at + GENERATION_AT, at + RECORD_HEAD_BYTES);
  if (bytes.readUInt32BE(at + HEAD_CHECKSUM_AT) !== crc32(head, seed)) return undefined;
  return {
    generation: bytes.readUIntBE(at + GENERATION_AT, NUMBER_BYTES),
    sequence: bytes.readUIntBE(at + SEQUENCE_AT, NUMBER_BYTES),
    bodyBytes: bytes.readUInt32BE(at + BODY_BYTES_AT),
    zeroSectors: bytes.readUInt32BE(at + ZERO_SECTORS_AT),
    bodyChecksum: bytes.readUInt32BE(at + BODY_CHECKSUM_AT),
  };
}

/** The body, a view; undefined when the checksum does not fit. */
export function readRecordBody(
  bytes: Buffer,
  at: number,
  head: RecordHead,
  seed: number,
): Buffer | undefined {
  const body = bytes.subarray(at + RECORD_HEAD_BYTES, at + recordBytes(head.bodyBytes));
  return crc32(body, seed) === head.bodyChecksum ? body.subarray(0, head.bodyBytes) : undefined;
}

/**
 * Whether a record with a right head and a wrong body is one whose write was interrupted: a sector
 * of it, or its end, still has the zeros that were there before. Else what was written has changed.
 */
export function isTorn(bytes: Buffer, at: number, head: RecordHead): boolean {
  const end = at + recordBytes(head.bodyBytes);
  if (bytes.readUInt32BE(end - END_MARK_BYTES) === 0) return true;
  return countZeroSectors(bytes, at, end) > head.zeroSectors;
}

/** From and to are borders of sectors. */
export function countZeroSectors(bytes: Buffer, from: number, to: number): number {
  let count = 0;
  for (let at = from; at < to; at += SECTOR_BYTES) if (isZeroSector(bytes, at)) count++;
  return count;
}

export function isZeroSector(bytes: Buffer, at: number): boolean {
  return (
    bytes[at] === 0 && bytes.compare(ZERO_SECTOR, 0, SECTOR_BYTES, at, at + SECTOR_BYTES) === 0
  );
}
