import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { CorruptionError } from '../errors.js';

/** The page size is ours, not the machine's, so that a folder can move between machines. */
export const PAGE_BYTES = 4_096;

const META_PAGES = 2;
const MAGIC = 0xbeefc0de;
const MAGIC_AT = 24;
const PAGE_BYTES_AT = 48;
const LAST_PAGE_AT = 144;
const TRANSACTION_AT = 152;
const META_BYTES = 160;

/**
 * Refuses a data file that LMDB must not see: it reads through a memory map, so a foreign or short
 * file kills the process (SIGSEGV, SIGBUS) where an error belongs.
 *
 * Reads the two meta pages: LMDB's magic, and the last page that the newer one knows of. A file may
 * rightly be shorter than that: a page that one transaction takes and gives back is never written.
 *
 * @returns how long the file is, and how long it must be before LMDB may map it.
 * @throws CorruptionError
 */
export function checkDataFile(path: string): { bytes: number; neededBytes: number } {
  const file = openSync(path, 'r');
  try {
    const { size } = fstatSync(file);
    if (size < META_PAGES * PAGE_BYTES) {
      throw new CorruptionError(`${path} has ${size} bytes, which is too short for a database`);
    }
    const metas = [0, 1].map((page) => readMeta(file, page));
    const newest = metas.reduce((a, b) => (b.transaction > a.transaction ? b : a));
    if (metas.some((meta) => meta.magic !== MAGIC) || newest.pageBytes !== PAGE_BYTES) {
      throw new CorruptionError(`${path} does not begin as a database`);
    }
    return { bytes: size, neededBytes: Number(newest.lastPage + 1n) * PAGE_BYTES };
  } finally {
    closeSync(file);
  }
}

interface MetaPage {
  readonly magic: number;
  readonly pageBytes: number;
  readonly lastPage: bigint;
  readonly transaction: bigint;
}

function readMeta(file: number, page: number): MetaPage {
  const bytes = Buffer.alloc(META_BYTES);
  readSync(file, bytes, 0, META_BYTES, page * PAGE_BYTES);
  return {
    magic: bytes.readUInt32LE(MAGIC_AT),
    pageBytes: bytes.readUInt32LE(PAGE_BYTES_AT),
    lastPage: bytes.readBigUInt64LE(LAST_PAGE_AT),
    transaction: bytes.readBigUInt64LE(TRANSACTION_AT),
  };
}
