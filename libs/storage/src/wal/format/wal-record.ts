import { crc32 } from 'node:zlib';

/** What a disk writes whole or not at all. Records begin and end at its borders, so that a write that
 *  is torn never touches the record before it. */
export const SECTOR_BYTES = 512;

/** Before the body. */
export const RECORD_HEAD_BYTES = 28;

const MAGIC = 0x53574c52;
const HEAD_CHECKSUM_AT = 4;
const GENERATION_AT = 8;
const SEQUENCE_AT = 14;
const BODY_BYTES_AT = 20;
const BODY_CHECKSUM_AT = 24;
const NUMBER_BYTES = 6;

/** The last bytes of every sector of a record, so that none of them is zeros, nor becomes zeros when a
 *  few bits change: a sector of zeros is one that was not written. */
const SECTOR_MARK = 0x53574c45;
const SECTOR_MARK_BYTES = 4;
const SECTOR_ROOM_BYTES = SECTOR_BYTES - SECTOR_MARK_BYTES;

const ZERO_SECTOR = Buffer.alloc(SECTOR_BYTES);

/** What the first bytes of a record say, once their own checksum has been found right. */
export interface RecordHead {
  /** Of the file, when the record was written. */
  readonly generation: number;
  /** Counts the records of a folder, from 1. */
  readonly sequence: number;
  readonly bodyBytes: number;
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
  return Math.ceil((RECORD_HEAD_BYTES + bodyBytes) / SECTOR_ROOM_BYTES) * SECTOR_BYTES;
}

/**
 * Makes a record of a buffer that has the body behind `RECORD_HEAD_BYTES`, in one piece.
 *
 * @param record `recordBytes(bodyBytes)` long; what is not body is overwritten.
 */
export function sealWalRecord(record: Buffer, bodyBytes: number, place: RecordPlace): void {
  record.fill(0, 0, RECORD_HEAD_BYTES);
  record.fill(0, RECORD_HEAD_BYTES + bodyBytes);
  markSectors(record);
  record.writeUInt32BE(MAGIC, 0);
  record.writeUIntBE(place.generation, GENERATION_AT, NUMBER_BYTES);
  record.writeUIntBE(place.sequence, SEQUENCE_AT, NUMBER_BYTES);
  record.writeUInt32BE(bodyBytes, BODY_BYTES_AT);
  const body = record.subarray(RECORD_HEAD_BYTES);
  record.writeUInt32BE(crc32(body, place.seed), BODY_CHECKSUM_AT);
  const head = record.subarray(GENERATION_AT, RECORD_HEAD_BYTES);
  record.writeUInt32BE(crc32(head, place.seed), HEAD_CHECKSUM_AT);
}

/** Moves the sectors apart, the last one first, and puts the mark behind each. */
function markSectors(record: Buffer): void {
  for (let sector = record.length / SECTOR_BYTES - 1; sector >= 0; sector--) {
    const from = sector * SECTOR_ROOM_BYTES;
    const to = sector * SECTOR_BYTES;
    record.copyWithin(to, from, from + SECTOR_ROOM_BYTES);
    record.writeUInt32BE(SECTOR_MARK, to + SECTOR_ROOM_BYTES);
  }
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
    bodyChecksum: bytes.readUInt32BE(at + BODY_CHECKSUM_AT),
  };
}

/** The body in one piece, a copy; undefined when the checksum does not fit. */
export function readRecordBody(
  bytes: Buffer,
  at: number,
  head: RecordHead,
  seed: number,
): Buffer | undefined {
  const record = bytes.subarray(at, at + recordBytes(head.bodyBytes));
  if (crc32(record.subarray(RECORD_HEAD_BYTES), seed) !== head.bodyChecksum) return undefined;
  const joined = Buffer.allocUnsafe((record.length / SECTOR_BYTES) * SECTOR_ROOM_BYTES);
  for (let sector = 0; sector * SECTOR_BYTES < record.length; sector++) {
    const from = sector * SECTOR_BYTES;
    record.copy(joined, sector * SECTOR_ROOM_BYTES, from, from + SECTOR_ROOM_BYTES);
  }
  return joined.subarray(RECORD_HEAD_BYTES, RECORD_HEAD_BYTES + head.bodyBytes);
}

/**
 * Whether a record with a right head and a wrong body is one whose write was interrupted: a sector
 * of it, or its end, still has the zeros that were there before. Else what was written has changed.
 * One changed bit never looks like that: it leaves most of the mark of its sector.
 */
export function isTorn(bytes: Buffer, at: number, head: RecordHead): boolean {
  const end = at + recordBytes(head.bodyBytes);
  if (bytes.readUInt32BE(end - SECTOR_MARK_BYTES) === 0) return true;
  for (let sector = at; sector < end; sector += SECTOR_BYTES) {
    if (isZeroSector(bytes, sector)) return true;
  }
  return false;
}

export function isZeroSector(bytes: Buffer, at: number): boolean {
  return (
    bytes[at] === 0 && bytes.compare(ZERO_SECTOR, 0, SECTOR_BYTES, at, at + SECTOR_BYTES) === 0
  );
}
