import { closeSync, fsyncSync, openSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { invariant } from '@sinkron/invariant';
import { Environment, type Table } from '../environment/environment.js';
import { CorruptionError, DataDirectoryForeignError } from '../errors.js';
import { FORMAT_VERSION, LOG_MAP_BYTES, STATE_MAP_BYTES } from '../limits.js';
import { LOG_ENTRIES_TABLE, LOG_META_TABLE } from '../log/log-store.js';
import { STATE_META_TABLE, STATE_RECORDS_TABLE } from '../state/state-disk.js';
import type { Timers } from '../timers.js';
import { absorbedChange } from '../wal/absorber.js';
import { createWal, hasWal } from '../wal/wal-recovery.js';
import { WriteAheadLog } from '../wal/write-ahead-log.js';
import {
  directoryRecordChange,
  readDirectoryRecord,
  type DirectoryRecord,
} from './directory-record.js';

/** Both environments of a folder, known to belong together. */
export interface Environments {
  readonly log: Environment;
  /** In front of `log`, which has been given all that it had. */
  readonly wal: WriteAheadLog;
  readonly state: Environment;
  readonly record: DirectoryRecord;
  /** They were made by this call. */
  readonly created: boolean;
}

export interface OpenOptions {
  readonly nodeId: string;
  /** Of the write-ahead log. */
  readonly timers: Timers;
  /** Length of each file of the write-ahead log, when the folder is made. */
  readonly walFileBytes: number;
}

/**
 * Opens or makes `log` with its write-ahead log, and `state`.
 *
 * A folder is made in this order, each step on the disk before the next: the log's identity
 * (incomplete), the state's, the write-ahead log, the log's (complete). Nothing is promised before the
 * last. So a state without a log, or a complete log without a state or without its write-ahead log, is
 * never an interrupted start: it is a loss.
 *
 * @throws CorruptionError, FormatVersionError, DataDirectoryForeignError, and what a commit throws
 */
export function openEnvironments(path: string, options: OpenOptions): Environments {
  const { nodeId } = options;
  const logPath = join(path, 'log');
  const statePath = join(path, 'state');
  const hadState = Environment.exists(statePath);
  if (hadState && !Environment.exists(logPath)) {
    throw new CorruptionError(`DATA_DIR ${path} has a state but its log is gone`);
  }
  if (hasWal(logPath) && !Environment.exists(logPath)) {
    throw new CorruptionError(`DATA_DIR ${path} has a write-ahead log but its log is gone`);
  }
  const opened: Environment[] = [];
  const open = (folder: string, mapBytes: number, tables: readonly string[]): Environment => {
    const environment = Environment.open({ path: folder, mapBytes, tables });
    opened.push(environment);
    return environment;
  };
  try {
    const log = open(logPath, LOG_MAP_BYTES, [LOG_META_TABLE, LOG_ENTRIES_TABLE]);
    const logRecord = readDirectoryRecord(log.table(LOG_META_TABLE), logPath);
    if (logRecord && logRecord.nodeId !== nodeId) {
      throw new DataDirectoryForeignError(path, { found: logRecord.nodeId, expected: nodeId });
    }
    if (logRecord?.complete && !hadState) {
      throw new CorruptionError(`DATA_DIR ${path} has a log but its state is gone`);
    }
    const state = open(statePath, STATE_MAP_BYTES, [STATE_META_TABLE, STATE_RECORDS_TABLE]);
    const stateRecord = readDirectoryRecord(state.table(STATE_META_TABLE), statePath);
    checkPair(path, { log, logRecord, state, stateRecord });
    const created = !logRecord?.complete;
    if (created) make(path, { log, state }, options);
    const known = recordOf(log);
    const wal = openWal(log, known.replicaId, options.timers);
    // What the write-ahead log has brought may be newer.
    return { log, wal, state, record: recordOf(log), created };
  } catch (error) {
    for (const environment of opened) environment.closeNow();
    throw error;
  }
}

interface Pair {
  readonly log: Environment;
  readonly logRecord: DirectoryRecord | undefined;
  readonly state: Environment;
  readonly stateRecord: DirectoryRecord | undefined;
}

function checkPair(path: string, { log, logRecord, state, stateRecord }: Pair): void {
  if (logRecord === undefined) {
    if (isEmpty(log.table(LOG_ENTRIES_TABLE)) && stateRecord === undefined) return;
    throw new CorruptionError(`the identity of the log in DATA_DIR ${path} is gone`);
  }
  if (stateRecord === undefined) {
    if (!logRecord.complete && isEmpty(state.table(STATE_RECORDS_TABLE))) return;
    throw new CorruptionError(`the identity of the state in DATA_DIR ${path} is gone`);
  }
  if (stateRecord.replicaId !== logRecord.replicaId) {
    throw new CorruptionError(
      `DATA_DIR ${path} has the log of replica ${logRecord.replicaId} and the state of ${stateRecord.replicaId}`,
    );
  }
}

function openWal(log: Environment, replicaId: string, timers: Timers): WriteAheadLog {
  const [metaTable, entriesTable] = [log.table(LOG_META_TABLE), log.table(LOG_ENTRIES_TABLE)];
  const tables = [metaTable, entriesTable];
  const wal = WriteAheadLog.open({ store: log, replicaId, tables, metaTable, timers });
  log.expect(() => 2 * wal.unabsorbed.bytes);
  return wal;
}

/** Of a folder that is complete. */
function recordOf(log: Environment): DirectoryRecord {
  const record = readDirectoryRecord(log.table(LOG_META_TABLE), log.path);
  invariant(record?.complete === true, 'openEnvironments: the folder is made', { path: log.path });
  return record;
}

function make(
  path: string,
  { log, state }: Pick<Pair, 'log' | 'state'>,
  { nodeId, walFileBytes }: OpenOptions,
): void {
  const replicaId = randomBytes(16).toString('hex');
  const record = { formatVersion: FORMAT_VERSION, replicaId, nodeId, complete: true, meta: {} };
  const logTable = log.table(LOG_META_TABLE);
  log.commitSync([directoryRecordChange(logTable, { ...record, complete: false })]);
  state.commitSync([directoryRecordChange(state.table(STATE_META_TABLE), record)]);
  createWal(log.path, replicaId, walFileBytes);
  // Files are flushed by themselves, but not the folders that name them.
  for (const folder of [log.path, state.path, path, dirname(path)]) syncFolder(folder);
  log.commitSync([directoryRecordChange(logTable, record), absorbedChange(logTable, 0)]);
}

function isEmpty(table: Table): boolean {
  return table.getKeysCount({ limit: 1 }) === 0;
}

function syncFolder(path: string): void {
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
