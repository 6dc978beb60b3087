export {
  CorruptionError,
  DataDirectoryForeignError,
  DataDirectoryInUseError,
  DataDirectoryUnwritableError,
  FormatVersionError,
  MalformedError,
  SnapshotExpiredError,
  StorageError,
  StorageFullError,
  StorageOverloadedError,
  StorageWriteError,
} from './errors.js';
export { DataDirectory, type DirectoryIdentity } from './directory/data-directory.js';
export type { HardStateRecord } from './log/group-header.js';
export type { LogEntryRecord } from './log/log-entry-record.js';
export { LogStore, type GroupWrite, type LoadedGroup, type LogPoint } from './log/log-store.js';
export { StateSnapshotSink } from './snapshot/state-snapshot-sink.js';
export { StateSnapshotSource } from './snapshot/state-snapshot-source.js';
export type { SnapshotPoint } from './state/group-records.js';
export { GroupStateStore } from './state/group-state-store.js';
export { StateStore } from './state/state-store.js';
export { systemTimers, type Timers } from './timers.js';
export {
  FORMAT_VERSION,
  META_BYTES_MAX,
  SNAPSHOT_PART_RECORDS_MAX,
  SNAPSHOT_READ_MS_MAX,
  SNAPSHOT_SOURCES_MAX,
  STATE_KEY_BYTES_MAX,
  STATE_OVERLAY_BYTES_MAX,
} from './limits.js';
export { StorageModule } from './storage.module.js';
