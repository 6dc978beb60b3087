import {
  closeSync,
  existsSync,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  openSync,
  readSync,
  writeSync,
} from 'node:fs';
import { crc32 } from 'node:zlib';
import { invariant } from '@sinkron/invariant';
import { CorruptionError } from '../errors.js';
import { WAL_ERASE_BYTES } from '../limits.js';
import type { DurableFiles } from './durable-files.js';
import {
  decodeFileHeader,
  encodeFileHeader,
  type WalFileHeader,
} from './format/wal-file-header.js';
import { SECTOR_BYTES, type RecordPlace } from './format/wal-record.js';
import { RECORDS_AT, scanRecords, type Scan } from './format/wal-scan.js';

const ZEROS = Buffer.alloc(WAL_ERASE_BYTES);

/**
 * One file of the write-ahead log: a header, records, zeros.
 *
 * It has its full length and is filled with zeros before it is used, so that a record changes nothing
 * but bytes that the file has on the disk already: its flush waits for no journal of the file system.
 *
 * Invariant: behind `end` there is nothing but zeros on the disk.
 */
export class WalFile {
  private generationNow: number;
  private endAt = RECORDS_AT;

  private constructor(
    readonly path: string,
    private readonly descriptor: number,
    private readonly header: WalFileHeader,
    private readonly disk: DurableFiles,
  ) {
    this.generationNow = header.generation;
  }

  /** Makes the file, whatever was there. Blocks until it is on the disk. */
  static create(path: string, header: WalFileHeader): void {
    const descriptor = openSync(path, 'w');
    try {
      writeZeros(descriptor, 0, header.fileBytes);
      writeFully(descriptor, encodeFileHeader(header), 0);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  }

  /**
   * Opens a file of a folder. Its records are not looked at before `scan`.
   *
   * @throws CorruptionError when it is gone, cut, or of another folder.
   */
  static open(path: string, replicaId: string, disk: DurableFiles): WalFile {
    if (!existsSync(path)) throw new CorruptionError(`the write-ahead log ${path} is gone`);
    const descriptor = disk.open(path);
    try {
      const header = readHeader(path, descriptor);
      if (header.replicaId !== replicaId) {
        throw new CorruptionError(
          `the write-ahead log ${path} is that of replica ${header.replicaId} and not of ${replicaId}`,
        );
      }
      // What a killed process wrote may be in memory only. Records that follow rely on it.
      fdatasyncSync(descriptor);
      return new WalFile(path, descriptor, header, disk);
    } catch (error) {
      closeSync(descriptor);
      throw error;
    }
  }

  get generation(): number {
    return this.generationNow;
  }

  /** Whether it has no record. */
  get empty(): boolean {
    return this.endAt === RECORDS_AT;
  }

  /** The longest record that fits into an empty file, bytes. */
  get capacityBytes(): number {
    return this.header.fileBytes - RECORDS_AT;
  }

  fits(recordBytes: number): boolean {
    return this.endAt + recordBytes <= this.header.fileBytes;
  }

  /** The place of a record that is appended next. */
  place(sequence: number): RecordPlace {
    return { seed: this.seed, generation: this.generationNow, sequence };
  }

  /**
   * Reads it all, and makes the end of the last record that of the file.
   *
   * @throws CorruptionError
   */
  scan(): Scan {
    const bytes = Buffer.allocUnsafe(this.header.fileBytes);
    readFully(this.descriptor, bytes);
    const { path, generation, seed } = this;
    const scan = scanRecords(bytes, { path, generation, seed });
    this.endAt = scan.end;
    return scan;
  }

  /** Removes what an interrupted write has left. Blocks until it is on the disk. */
  eraseTorn(): void {
    writeZeros(this.descriptor, this.endAt, this.header.fileBytes);
    fdatasyncSync(this.descriptor);
  }

  /** Writes again what `scan` has found. Blocks until it is on the disk. */
  rewrite(): void {
    const bytes = Buffer.allocUnsafe(this.endAt);
    readFully(this.descriptor, bytes);
    writeFully(this.descriptor, bytes.subarray(RECORDS_AT), RECORDS_AT);
    fdatasyncSync(this.descriptor);
  }

  /** Resolves when the record is on the disk. One at a time. */
  append(record: Buffer): Promise<void> {
    invariant(this.fits(record.length), 'WalFile: a record fits', { path: this.path });
    const at = this.endAt;
    this.endAt += record.length;
    return this.disk.write(this.descriptor, record, at);
  }

  /**
   * Empties a file whose records are of no use any more. The header that makes it the newest is
   * written when all of it is zeros on the disk: until then it counts as the old file.
   */
  async recycle(generation: number): Promise<void> {
    for (let at = RECORDS_AT; at < this.endAt; at += ZEROS.length) {
      const bytes = Math.min(ZEROS.length, this.endAt - at);
      await this.disk.write(this.descriptor, ZEROS.subarray(0, bytes), at);
    }
    await this.disk.write(this.descriptor, encodeFileHeader({ ...this.header, generation }), 0);
    this.generationNow = generation;
    this.endAt = RECORDS_AT;
  }

  /** A file that is not scanned may have records anywhere: all of it is erased when it is recycled. */
  assumeFull(): void {
    this.endAt = this.header.fileBytes;
  }

  close(): void {
    closeSync(this.descriptor);
  }

  /** Part of each checksum: no record of another folder can be taken for one of this. */
  private get seed(): number {
    return crc32(this.header.replicaId);
  }
}

function readHeader(path: string, descriptor: number): WalFileHeader {
  const { size } = fstatSync(descriptor);
  const sector = Buffer.alloc(SECTOR_BYTES);
  readSync(descriptor, sector, 0, SECTOR_BYTES, 0);
  const header = decodeFileHeader(sector);
  if (header === undefined) {
    throw new CorruptionError(`the header of the write-ahead log ${path} fails its checksum`);
  }
  if (size !== header.fileBytes) {
    throw new CorruptionError(
      `the write-ahead log ${path} has ${size} bytes and not ${header.fileBytes}`,
    );
  }
  return header;
}

function writeZeros(descriptor: number, from: number, to: number): void {
  for (let at = from; at < to; at += ZEROS.length) {
    writeFully(descriptor, ZEROS.subarray(0, to - at), at);
  }
}

/** A full disk takes a part, and fails only the write of the rest. */
function writeFully(descriptor: number, bytes: Buffer, position: number): void {
  let at = 0;
  while (at < bytes.length) {
    const count = writeSync(descriptor, bytes, at, bytes.length - at, position + at);
    if (count === 0) throw new Error(`the disk took ${at} of ${bytes.length} bytes`);
    at += count;
  }
}

function readFully(descriptor: number, bytes: Buffer): void {
  let at = 0;
  while (at < bytes.length) {
    const count = readSync(descriptor, bytes, at, bytes.length - at, at);
    invariant(count > 0, 'WalFile: the file keeps its length', { at });
    at += count;
  }
}
