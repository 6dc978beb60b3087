import { openRecord, sealRecord } from '../environment/checked-record.js';
import type { Change, Table } from '../environment/environment.js';
import { CorruptionError, FormatVersionError } from '../errors.js';
import { FORMAT_VERSION } from '../limits.js';

/** What an environment knows about the folder it belongs to. */
export interface DirectoryRecord {
  /** Read first, in every version. */
  readonly formatVersion: number;
  /** Made at random with the folder, 32 hexadecimal digits: the identity of this disk. */
  readonly replicaId: string;
  readonly nodeId: string;
  /** Both environments are made. Until then the folder has promised nothing. */
  readonly complete: boolean;
  /** What `writeMeta` keeps, base64. Only in the log environment. */
  readonly meta: Readonly<Record<string, string>>;
}

const KEY = Buffer.from('directory');

/**
 * Undefined when there is none.
 *
 * @throws CorruptionError, FormatVersionError
 */
export function readDirectoryRecord(table: Table, path: string): DirectoryRecord | undefined {
  const stored = table.getBinary(KEY);
  if (stored === undefined) return undefined;
  const payload = openRecord(KEY, stored);
  const record: unknown = payload && JSON.parse(payload.toString('utf8'));
  if (!hasVersion(record)) {
    throw new CorruptionError(`the identity of the database in ${path} fails its checksum`);
  }
  if (record.formatVersion !== FORMAT_VERSION) {
    throw new FormatVersionError(path, { found: record.formatVersion, expected: FORMAT_VERSION });
  }
  if (!isDirectoryRecord(record)) {
    throw new CorruptionError(`the identity of the database in ${path} is not complete`);
  }
  return record;
}

export function directoryRecordChange(table: Table, record: DirectoryRecord): Change {
  return { table, key: KEY, value: sealRecord(KEY, Buffer.from(JSON.stringify(record), 'utf8')) };
}

function hasVersion(record: unknown): record is { formatVersion: number } {
  return (
    typeof record === 'object' &&
    record !== null &&
    'formatVersion' in record &&
    typeof record.formatVersion === 'number'
  );
}

function isDirectoryRecord(record: Partial<DirectoryRecord>): record is DirectoryRecord {
  return (
    typeof record.replicaId === 'string' &&
    typeof record.nodeId === 'string' &&
    typeof record.complete === 'boolean' &&
    typeof record.meta === 'object'
  );
}
