import { statfsSync } from 'node:fs';
import { StorageError, StorageFullError, StorageWriteError } from '../errors.js';
import { DISK_FREE_BYTES_MIN } from '../limits.js';

/** What a failed write of `path` is called: the disk is full, or the write failed. */
export function writeFailure(path: string, cause: unknown): StorageError {
  if (cause instanceof StorageError) return cause;
  const { bavail, bsize } = statfsSync(path);
  return bavail * bsize < DISK_FREE_BYTES_MIN
    ? new StorageFullError(`the disk of ${path} has ${bavail * bsize} bytes left`, cause)
    : new StorageWriteError(path, cause);
}
