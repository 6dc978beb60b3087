import { messageOf } from './foreign-error.js';

/** Anything that keeps this node from reading or writing its disk. `code` is stable. */
export abstract class StorageError extends Error {
  abstract readonly code: string;
}

/** Another process, or this one, holds the folder. */
export class DataDirectoryInUseError extends StorageError {
  override readonly name = 'DataDirectoryInUseError';
  readonly code = 'DATA_DIRECTORY_IN_USE';

  constructor(
    readonly path: string,
    readonly pid: number,
  ) {
    super(
      `DATA_DIR ${path} is in use by process ${pid}: stop that process or set another DATA_DIR.`,
    );
  }
}

/** The folder cannot be created or written. */
export class DataDirectoryUnwritableError extends StorageError {
  override readonly name = 'DataDirectoryUnwritableError';
  readonly code = 'DATA_DIRECTORY_UNWRITABLE';

  constructor(
    readonly path: string,
    cause: unknown,
  ) {
    super(
      `DATA_DIR ${path} cannot be written (${messageOf(cause)}): make it a folder that this user may write, or set another DATA_DIR.`,
      { cause },
    );
  }
}

/** The folder was made by a node of another name. */
export class DataDirectoryForeignError extends StorageError {
  override readonly name = 'DataDirectoryForeignError';
  readonly code = 'DATA_DIRECTORY_FOREIGN';

  constructor(
    readonly path: string,
    readonly nodeIds: { readonly found: string; readonly expected: string },
  ) {
    super(
      `DATA_DIR ${path} belongs to node '${nodeIds.found}' and not to '${nodeIds.expected}': set NODE_ID=${nodeIds.found} or another DATA_DIR.`,
    );
  }
}

/** The folder has a format that this program does not know. */
export class FormatVersionError extends StorageError {
  override readonly name = 'FormatVersionError';
  readonly code = 'FORMAT_VERSION';

  constructor(
    readonly path: string,
    readonly versions: { readonly found: number; readonly expected: number },
  ) {
    super(
      `DATA_DIR ${path} has format version ${versions.found} and this program reads and writes version ${versions.expected}: start the program that wrote it, or set another DATA_DIR.`,
    );
  }
}

/**
 * A byte that was durable is lost or changed. The replica on this disk may have forgotten a vote or
 * an entry that it acknowledged, so it must never vote or acknowledge under its old identity again.
 */
export class CorruptionError extends StorageError {
  override readonly name = 'CorruptionError';
  readonly code = 'CORRUPTION';

  /** @param what happened, in one clause that names the folder, the group and the index. */
  constructor(what: string, cause?: unknown) {
    super(
      `${what}: this disk lost or changed data that the node had acknowledged, so it must not vote with it; leave this node stopped while a majority of the others runs, or form a new cluster from empty data folders (this version cannot replace a member).`,
      { cause },
    );
  }
}

/** No room: the map is 90 % full, or the disk is. HTTP answers 507. */
export class StorageFullError extends StorageError {
  override readonly name = 'StorageFullError';
  readonly code = 'STORAGE_FULL';

  constructor(what: string, cause?: unknown) {
    super(`${what}: free space or move DATA_DIR to a larger disk.`, { cause });
  }
}

/** More writes wait for the disk than `LOG_PENDING_BYTES_MAX`; nothing of this one was accepted. */
export class StorageOverloadedError extends StorageError {
  override readonly name = 'StorageOverloadedError';
  readonly code = 'STORAGE_OVERLOADED';

  constructor(pendingBytes: number) {
    super(`${pendingBytes} bytes already wait for the disk: try again later.`);
  }
}

/** A commit failed; the store takes no more writes, and the node must stop. */
export class StorageWriteError extends StorageError {
  override readonly name = 'StorageWriteError';
  readonly code = 'STORAGE_WRITE_FAILED';

  constructor(path: string, cause: unknown) {
    super(
      `writing ${path} failed (${messageOf(cause)}): the node must stop, since what is on its disk is unknown until it is read again.`,
      { cause },
    );
  }
}

/** A snapshot was read for longer than `SNAPSHOT_READ_MS_MAX`, or after its end: start again. */
export class SnapshotExpiredError extends StorageError {
  override readonly name = 'SnapshotExpiredError';
  readonly code = 'SNAPSHOT_EXPIRED';

  constructor(group: string) {
    super(`the snapshot of group '${group}' is not readable any more: open another one.`);
  }
}

/** Bytes that came from outside and that nobody made: they are refused, and nothing has changed. */
export class MalformedError extends Error {
  override readonly name = 'MalformedError';
}
