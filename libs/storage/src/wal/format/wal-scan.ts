import { CorruptionError } from '../../errors.js';
import {
  isTorn,
  isZeroSector,
  readRecordBody,
  readRecordHead,
  recordBytes,
  SECTOR_BYTES,
} from './wal-record.js';

/** Where records begin: the file's own header has the first page for itself. */
export const RECORDS_AT = 4_096;

export interface ScannedRecord {
  readonly sequence: number;
  /** A copy of what was scanned. */
  readonly body: Buffer;
}

/** What a file of the write-ahead log holds. */
export interface Scan {
  readonly records: readonly ScannedRecord[];
  /** Where the next record goes. */
  readonly end: number;
  /** Behind `end` there is what an interrupted write has left: nothing of it was ever promised. */
  readonly torn: boolean;
}

export interface ScannedFile {
  readonly path: string;
  readonly generation: number;
  /** See `RecordPlace`. */
  readonly seed: number;
}

/**
 * Reads all records of a file and judges what follows the last.
 *
 * A file is all zeros before it is written, and one record is written at a time. So behind the last
 * record there are zeros, or one record of which some sectors are zeros still: that one was never
 * promised. All else is something that was written, and perhaps promised, and has changed since.
 *
 * @throws CorruptionError naming file and place.
 */
export function scanRecords(bytes: Buffer, file: ScannedFile): Scan {
  const records: ScannedRecord[] = [];
  const corrupt = (at: number, what: string): CorruptionError =>
    new CorruptionError(`the record at byte ${at} of ${file.path} ${what}`);
  let at = RECORDS_AT;
  while (at < bytes.length) {
    const head = readRecordHead(bytes, at, file.seed);
    if (head === undefined) {
      if (!isZeroSector(bytes, at)) throw corrupt(at, 'fails its checksum');
      const torn = checkUnheaded(bytes, at, file.seed, corrupt);
      return { records, end: at, torn };
    }
    const end = at + recordBytes(head.bodyBytes);
    const expected = (records.at(-1)?.sequence ?? head.sequence - 1) + 1;
    if (head.generation !== file.generation || head.sequence !== expected || end > bytes.length) {
      throw corrupt(at, 'is not the one that was written there');
    }
    const body = readRecordBody(bytes, at, head, file.seed);
    if (body === undefined) {
      if (!isTorn(bytes, at, head)) throw corrupt(at, 'fails its checksum');
      if (!isZero(bytes, end)) throw corrupt(at, 'fails its checksum and is not the last');
      return { records, end: at, torn: true };
    }
    records.push({ sequence: head.sequence, body });
    at = end;
  }
  return { records, end: at, torn: false };
}

/**
 * What follows a place where no record begins: zeros, or later sectors of one record whose first is
 * not written. But no record: then the one before it is lost.
 *
 * @returns whether there is anything but zeros.
 */
function checkUnheaded(
  bytes: Buffer,
  from: number,
  seed: number,
  corrupt: (at: number, what: string) => CorruptionError,
): boolean {
  let torn = false;
  for (let at = from; at < bytes.length; at += SECTOR_BYTES) {
    if (isZeroSector(bytes, at)) continue;
    torn = true;
    if (readRecordHead(bytes, at, seed)) throw corrupt(from, 'is gone, and another follows');
  }
  return torn;
}

function isZero(bytes: Buffer, from: number): boolean {
  for (let at = from; at < bytes.length; at += SECTOR_BYTES) {
    if (!isZeroSector(bytes, at)) return false;
  }
  return true;
}
