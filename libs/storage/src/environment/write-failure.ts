import { statfsSync } from 'node:fs';
import { StorageError, StorageFullError, StorageWriteError } from '../errors.js';
import { DISK_FREE_BYTES_MIN } from '../limits.js';

/** What a failed write of `path` is called: the disk is full, or the write failed. */
export function writeFailure(path: string, cause: unknown): StorageError {
  if (cause instanceof StorageError) return cause;
  const freeBytes = freeBytesOf(path);
  return freeBytes !== undefined && freeBytes < DISK_FREE_BYTES_MIN
    ? new StorageFullError(`the disk of ${path} has ${freeBytes} bytes left`, cause)
    : new StorageWriteError(path, cause);
}

/** Undefined when the disk does not even say that (ESTALE, EIO), or the folder is gone. */
function freeBytesOf(path: string): number | undefined {
  try {
    const { bavail, bsize } = statfsSync(path);
    return bavail * bsize;
  } catch {
    return undefined;
  }
}
