import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { invariant } from '@sinkron/invariant';
import { CommitQueue } from '../environment/commit-queue.js';
import { DataDirectoryUnwritableError } from '../errors.js';
import { codeOf } from '../foreign-error.js';
import { META_BYTES_MAX, WAL_FILE_BYTES } from '../limits.js';
import { LOG_META_TABLE, LogStore } from '../log/log-store.js';
import { StateStore } from '../state/state-store.js';
import { systemTimers, type Timers } from '../timers.js';
import { checkConsistency } from './consistency.js';
import { DirectoryLock } from './directory-lock.js';
import { directoryRecordChange, type DirectoryRecord } from './directory-record.js';
import { openEnvironments, type Environments } from './environments.js';

/** Who a folder belongs to. */
export interface DirectoryIdentity {
  /** Random, 128 bits in hexadecimal, made with the folder: the identity of this disk. */
  readonly replicaId: string;
  readonly formatVersion: number;
  /** This process made the folder. */
  readonly created: boolean;
}

/** For tests. */
export interface DataDirectoryOptions {
  /** Of the state. */
  readonly timers?: Timers;
  /** Of the write-ahead log. */
  readonly walTimers?: Timers;
  readonly walFileBytes?: number;
}

/** One DATA_DIR, held by one process. */
export class DataDirectory {
  readonly identity: DirectoryIdentity;
  readonly log: LogStore;
  readonly state: StateStore;
  private readonly queue: CommitQueue;
  private record: DirectoryRecord;
  /** What `readMeta` answers: flushed values. */
  private flushed: DirectoryRecord;

  private constructor(
    path: string,
    private readonly lock: DirectoryLock,
    private readonly environments: Environments,
    timers: Timers,
  ) {
    const { record, created } = environments;
    this.identity = { replicaId: record.replicaId, formatVersion: record.formatVersion, created };
    this.record = record;
    this.flushed = record;
    this.queue = new CommitQueue(environments.wal);
    this.log = new LogStore(environments.log, this.queue, environments.wal.unabsorbed);
    this.state = new StateStore(environments.state, this.log, timers);
    checkConsistency(path, this.log, this.state);
    environments.wal.begin();
    this.state.sweep();
  }

  /**
   * Opens the folder, or makes it, and locks it. Blocks for a few flushes when it makes it.
   *
   * @throws DataDirectoryInUseError, DataDirectoryUnwritableError, DataDirectoryForeignError,
   *   FormatVersionError, CorruptionError: each with one sentence for the operator.
   */
  static open(
    path: string,
    expected: { readonly nodeId: string },
    options: DataDirectoryOptions = {},
  ): DataDirectory {
    const folder = resolve(path);
    try {
      mkdirSync(folder, { recursive: true });
    } catch (cause) {
      throw new DataDirectoryUnwritableError(folder, cause);
    }
    const lock = DirectoryLock.acquire(folder);
    let environments: Environments | undefined;
    try {
      environments = openEnvironments(folder, {
        nodeId: expected.nodeId,
        timers: options.walTimers ?? systemTimers,
        walFileBytes: options.walFileBytes ?? WAL_FILE_BYTES,
      });
      return new DataDirectory(folder, lock, environments, options.timers ?? systemTimers);
    } catch (error) {
      environments?.wal.closeNow();
      environments?.log.closeNow();
      environments?.state.closeNow();
      lock.release();
      throw isPermissionError(error) ? new DataDirectoryUnwritableError(folder, error) : error;
    }
  }

  /** A small value kept in the log environment: cluster id, formation record. Flushed values only. */
  readMeta(key: string): Uint8Array | undefined {
    const value = Object.hasOwn(this.flushed.meta, key) ? this.flushed.meta[key] : undefined;
    return value === undefined ? undefined : Buffer.from(value, 'base64');
  }

  /**
   * Resolves after the flush.
   *
   * @throws StorageOverloadedError, StorageWriteError, StorageFullError
   */
  async writeMeta(key: string, value: Uint8Array): Promise<void> {
    const meta = { ...this.record.meta, [key]: Buffer.from(value).toString('base64') };
    const bytes = Buffer.byteLength(JSON.stringify(meta));
    invariant(bytes <= META_BYTES_MAX, 'DataDirectory: meta <= META_BYTES_MAX', { key, bytes });
    this.queue.check(bytes);
    const record = { ...this.record, meta };
    this.record = record;
    const table = this.environments.log.table(LOG_META_TABLE);
    await this.queue.submit({ bytes, changes: [directoryRecordChange(table, record)] });
    this.flushed = record;
  }

  /**
   * Called once, when what the log has promised could not be brought where it is read (StorageFullError,
   * StorageWriteError): nothing is lost, but the node must stop.
   */
  onLogError(listener: (error: Error) => void): void {
    this.environments.wal.onError(listener);
  }

  /**
   * Flushes what waits and gives the folder back.
   *
   * @throws the error of a commit that failed; the folder is given back all the same.
   */
  async close(): Promise<void> {
    try {
      await this.state.close();
    } finally {
      await this.queue.close();
      try {
        await this.environments.wal.close();
      } finally {
        await this.environments.log.close();
        await this.environments.state.close();
        this.lock.release();
      }
    }
  }
}

function isPermissionError(error: unknown): boolean {
  return ['EACCES', 'EPERM', 'EROFS'].includes(String(codeOf(error)));
}
