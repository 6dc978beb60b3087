import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { invariant } from '@sinkron/invariant';
import type { Change, Table } from '../environment/environment.js';
import { writeFailure } from '../environment/write-failure.js';
import { CorruptionError } from '../errors.js';
import { WAL_FILES } from '../limits.js';
import type { DurableFiles } from './durable-files.js';
import { decodeChanges } from './format/change-list.js';
import type { ScannedRecord } from './format/wal-scan.js';
import { WalFile } from './wal-file.js';

export function walFilePath(folder: string, number: number): string {
  return join(folder, `wal-${number}`);
}

/** Whether a folder holds any file of a write-ahead log, be it a damaged one. */
export function hasWal(folder: string): boolean {
  return Array.from({ length: WAL_FILES }, (_, at) => walFilePath(folder, at + 1)).some(existsSync);
}

/** The files of a write-ahead log as a start found them, the oldest first. */
export interface FoundWal {
  /** Of no use once `changes` are in LMDB. */
  readonly spent: readonly WalFile[];
  /** Is written on. */
  readonly current: WalFile;
  /** Without any record. */
  readonly ready: readonly WalFile[];
  /** Of the last record, 0 when none was ever written. */
  readonly sequence: number;
  /** The changes of the records that LMDB does not have, in their order. */
  readonly changes: readonly Change[];
}

interface Expected {
  readonly replicaId: string;
  /** The last record that LMDB says it has. */
  readonly absorbed: number;
  /** See `encodeChanges`. */
  readonly tables: readonly Table[];
}

/**
 * Makes the files of a new folder. Nothing is promised before the folder is complete.
 *
 * @throws StorageFullError, StorageWriteError
 */
export function createWal(folder: string, replicaId: string, fileBytes: number): void {
  try {
    for (let number = 1; number <= WAL_FILES; number++) {
      WalFile.create(walFilePath(folder, number), { replicaId, generation: number, fileBytes });
    }
  } catch (cause) {
    throw writeFailure(folder, cause);
  }
}

/**
 * Reads the write-ahead log of a folder. It must hold every record that LMDB may not have: from the
 * one behind `absorbed` on, without a gap. It reaches at least to `absorbed`, since nothing goes into
 * LMDB that is not on the disk here.
 *
 * @throws CorruptionError
 */
export function findWal(folder: string, expected: Expected, disk: DurableFiles): FoundWal {
  const files: WalFile[] = [];
  try {
    for (let number = 1; number <= WAL_FILES; number++) {
      files.push(WalFile.open(walFilePath(folder, number), expected.replicaId, disk));
    }
    files.sort((a, b) => a.generation - b.generation);
    checkGenerations(folder, files);
    return readFiles(folder, files, expected);
  } catch (error) {
    for (const file of files) file.close();
    throw error;
  }
}

/** The oldest file is the next to be used, so generations follow each other: an old copy does not. */
function checkGenerations(folder: string, files: readonly WalFile[]): void {
  const [oldest] = files;
  if (files.every((file, at) => file.generation === Number(oldest?.generation) + at)) return;
  const found = files.map((file) => file.generation).join(' and ');
  throw new CorruptionError(
    `the files of the write-ahead log in ${folder} are not of the same time (${found})`,
  );
}

/** Looks from the newest file back to the one that has the record behind `absorbed`. */
function readFiles(folder: string, files: readonly WalFile[], expected: Expected): FoundWal {
  const spent = [...files];
  const ready: WalFile[] = [];
  let current: WalFile | undefined;
  let torn: WalFile | undefined;
  let records: readonly ScannedRecord[] = [];
  while (!reaches(records, expected.absorbed)) {
    const file = spent.pop();
    if (file === undefined) break;
    const scan = file.scan();
    const next = records[0];
    // One record is written at a time, and only at the end.
    if (scan.torn && (torn || next)) {
      throw new CorruptionError(`the last record of the write-ahead log ${file.path} is gone`);
    }
    if (next && scan.records.at(-1)?.sequence !== next.sequence - 1) {
      throw new CorruptionError(
        `the write-ahead log ${file.path} does not reach to record ${next.sequence}`,
      );
    }
    if (scan.torn) torn = file;
    if (scan.records.length === 0) ready.unshift(file);
    else current ??= file;
    records = [...scan.records, ...records];
  }
  const changes = changesOf(folder, records, expected);
  torn?.eraseTorn();
  current ??= ready.shift();
  invariant(current !== undefined, 'readFiles: there are files', { folder });
  const live = current;
  // After a failed flush the last record may be in memory only, and no later flush writes it.
  if (changes.length > 0) live.rewrite();
  for (const file of spent) file.assumeFull();
  const older = files.filter((file) => file.generation < live.generation);
  return { spent: older, current, ready, sequence: records.at(-1)?.sequence ?? 0, changes };
}

function reaches(records: readonly ScannedRecord[], absorbed: number): boolean {
  return records[0] !== undefined && records[0].sequence <= absorbed + 1;
}

/** @throws CorruptionError when records are missing at either end. */
function changesOf(
  folder: string,
  records: readonly ScannedRecord[],
  { absorbed, tables }: Expected,
): Change[] {
  const first = records[0]?.sequence ?? 1;
  const last = records.at(-1)?.sequence ?? 0;
  if (first > absorbed + 1 || last < absorbed) {
    throw new CorruptionError(
      `the write-ahead log in ${folder} has records ${first} to ${last}, and the database all through ${absorbed}`,
    );
  }
  return records
    .filter(({ sequence }) => sequence > absorbed)
    .flatMap(({ sequence, body }) => {
      const changes = decodeChanges(body, tables);
      if (changes) return changes;
      throw new CorruptionError(`record ${sequence} of the write-ahead log in ${folder} is none`);
    });
}
