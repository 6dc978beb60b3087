import { closeSync, fsyncSync, openSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { Environment, type Table } from '../environment/environment.js';
import { CorruptionError, DataDirectoryForeignError } from '../errors.js';
import { FORMAT_VERSION, LOG_MAP_BYTES, STATE_MAP_BYTES } from '../limits.js';
import { LOG_ENTRIES_TABLE, LOG_META_TABLE } from '../log/log-store.js';
import { STATE_META_TABLE, STATE_RECORDS_TABLE } from '../state/state-disk.js';
import {
  directoryRecordChange,
  readDirectoryRecord,
  type DirectoryRecord,
} from './directory-record.js';

/** Both environments of a folder, known to belong together. */
export interface Environments {
  readonly log: Environment;
  readonly state: Environment;
  readonly record: DirectoryRecord;
  /** They were made by this call. */
  readonly created: boolean;
}

/**
 * Opens or makes `log` and `state`.
 *
 * A folder is made in this order, each step on the disk before the next: the log's identity
 * (incomplete), the state's, the log's (complete). Nothing is promised before the last. So a state
 * without a log, or a complete log without a state, is never an interrupted start: it is a loss.
 *
 * @throws CorruptionError, FormatVersionError, DataDirectoryForeignError
 */
export function openEnvironments(path: string, nodeId: string): Environments {
  const logPath = join(path, 'log');
  const statePath = join(path, 'state');
  const hadState = Environment.exists(statePath);
  if (hadState && !Environment.exists(logPath)) {
    throw new CorruptionError(`DATA_DIR ${path} has a state but its log is gone`);
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
    if (logRecord?.complete) return { log, state, record: logRecord, created: false };
    return { log, state, record: make(path, log, state, nodeId), created: true };
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

function make(path: string, log: Environment, state: Environment, nodeId: string): DirectoryRecord {
  const replicaId = randomBytes(16).toString('hex');
  const record = { formatVersion: FORMAT_VERSION, replicaId, nodeId, complete: true, meta: {} };
  const logTable = log.table(LOG_META_TABLE);
  log.commitSync([directoryRecordChange(logTable, { ...record, complete: false })]);
  state.commitSync([directoryRecordChange(state.table(STATE_META_TABLE), record)]);
  // LMDB flushes files, not the folders that name them.
  for (const folder of [log.path, state.path, path, dirname(path)]) syncFolder(folder);
  log.commitSync([directoryRecordChange(logTable, record)]);
  return record;
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
