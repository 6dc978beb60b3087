import { invariant } from '@sinkron/invariant';
import type { CommitQueue } from '../environment/commit-queue.js';
import type { Change, Environment, Table } from '../environment/environment.js';
import { NameDirectory } from '../environment/name-directory.js';
import { CorruptionError, StorageError, StorageFullError } from '../errors.js';
import type { UnabsorbedChanges } from '../wal/unabsorbed-changes.js';
import {
  decodeHeader,
  EMPTY_HEADER,
  encodeHeader,
  type GroupHeader,
  type HardStateRecord,
} from './group-header.js';
import {
  decodeEntry,
  encodeEntry,
  entryKey,
  ordinalOfKey,
  type LogEntryRecord,
} from './log-entry-record.js';

/** The changes of one group in a write, applied in the order of the fields. */
export interface GroupWrite {
  readonly group: string;
  readonly hardState?: HardStateRecord;
  /** Deletes the entries with `index >= truncateFrom`. */
  readonly truncateFrom?: number;
  /** Consecutive, the first one follows what is left of the log. */
  readonly entries: readonly LogEntryRecord[];
  /**
   * Deletes the entries with `index <= compactThrough.index` and remembers it as the base. It may lie
   * beyond the last entry (after a snapshot): then the log is empty and begins there. The deletes are
   * part of the transaction, at about 1 µs each: compact in steps, through `LogStore.point`.
   */
  readonly compactThrough?: LogPoint;
}

/** An entry by its place: where a log begins after compaction. */
export interface LogPoint {
  readonly index: number;
  readonly term: number;
  /** The stamp of that entry, milliseconds. */
  readonly timeMs: number;
}

/** What is on disk of one group. Invariant: the stored entries are those in (baseIndex, lastIndex]. */
export interface LoadedGroup {
  readonly hardState: HardStateRecord;
  readonly baseIndex: number;
  readonly baseTerm: number;
  readonly baseTimeMs: number;
  readonly lastIndex: number;
}

interface GroupLog {
  readonly ordinal: number;
  /** As of the last `write` call. */
  accepted: GroupHeader;
  /** As of the last write that is on the disk; what reads see. */
  flushed: GroupHeader;
}

export const LOG_ENTRIES_TABLE = 'entries';
export const LOG_META_TABLE = 'meta';

/**
 * The logs and hard states of all groups of this node, in one LMDB environment behind a write-ahead
 * log: what it has not absorbed yet is read from memory.
 */
export class LogStore {
  private readonly table: Table;
  private readonly directory: NameDirectory;
  private readonly logs = new Map<string, GroupLog>();

  /** @throws CorruptionError when a group's header is missing or wrong, or entries have no group. */
  constructor(
    private readonly environment: Environment,
    private readonly queue: CommitQueue,
    private readonly unabsorbed: UnabsorbedChanges,
  ) {
    this.table = environment.table(LOG_ENTRIES_TABLE);
    this.directory = new NameDirectory(environment, LOG_META_TABLE);
    for (const [group, ordinal] of this.directory.entries()) {
      const header = this.readHeader(group, ordinal);
      this.logs.set(group, { ordinal, accepted: header, flushed: header });
    }
    for (const key of this.table.getKeys({ reverse: true, limit: 1 })) {
      if (this.directory.lists(ordinalOfKey(key))) continue;
      throw new CorruptionError(`${environment.path} has entries of a group that it does not list`);
    }
  }

  /** Whether new entries are refused because 90 % of the map is in use. */
  get full(): boolean {
    return this.environment.full;
  }

  /**
   * One write over all groups: all of it is on the disk, or nothing.
   *
   * Resolves only after the flush that covers it returned. Calls may overlap: they become
   * durable in call order, and those that wait for the disk together share a flush. Reads see
   * a write once it has resolved. After a failure every later write fails too; the node must stop.
   *
   * @throws StorageFullError (entries only; hard states, truncation and compaction go on),
   *   StorageOverloadedError: nothing was accepted. StorageWriteError, StorageFullError with a
   *   `cause`: the outcome of this and of all later writes is unknown.
   */
  write(batch: readonly GroupWrite[]): Promise<void> {
    const bytes = batch.reduce((sum, write) => sum + bytesOf(write), 0);
    try {
      this.queue.check(bytes);
      if (batch.some((write) => write.entries.length > 0) && this.environment.exhausted) {
        throw new StorageFullError(`the log in ${this.environment.path} is 97 % full`);
      }
    } catch (error) {
      if (error instanceof StorageError) return Promise.reject(error);
      throw error;
    }
    if (batch.length === 0) return this.queue.settled().then(() => undefined);
    const groupsBefore = this.logs.size;
    const changes: Change[] = [];
    const headers = batch.map((write) => this.accept(write, changes));
    if (this.logs.size > groupsBefore) changes.push(this.directory.record());
    return this.queue.submit({ bytes, changes }).then(() => {
      for (const [log, header] of headers) log.flushed = header;
    });
  }

  /** Resolves when every write so far is on the disk. */
  settled(): Promise<void> {
    return this.queue.settled();
  }

  groups(): readonly string[] {
    return this.directory.names;
  }

  /** The last index of a group that is on the disk, 0 for an unknown group. */
  lastIndex(group: string): number {
    return this.logs.get(group)?.flushed.lastIndex ?? 0;
  }

  /** The last index that compaction removed, 0 when none. */
  baseIndex(group: string): number {
    return this.logs.get(group)?.flushed.baseIndex ?? 0;
  }

  /**
   * Reads the whole log of a group once: checksums, no gap, nothing beyond.
   *
   * @returns an empty log for a group that was never written.
   * @throws CorruptionError naming group and index.
   */
  load(group: string): LoadedGroup {
    const log = this.logs.get(group);
    if (log === undefined) return EMPTY_HEADER;
    const { flushed, ordinal } = log;
    for (let index = flushed.baseIndex + 1; index <= flushed.lastIndex; index++) {
      this.read(group, ordinal, index);
    }
    const stored = this.countEntries(ordinal);
    if (stored !== flushed.lastIndex - flushed.baseIndex) {
      throw this.corrupt(group, flushed.lastIndex + 1, 'should not be there');
    }
    return { ...flushed };
  }

  /**
   * The entries in [from, toExclusive), at most about `bytesMax` bytes of data, at least one if
   * there is any. What is compacted or not on the disk yet is left out; a compacted `from` gives none.
   *
   * @throws CorruptionError
   */
  entries(group: string, from: number, toExclusive: number, bytesMax: number): LogEntryRecord[] {
    const log = this.logs.get(group);
    if (log === undefined || from <= log.flushed.baseIndex) return [];
    const end = Math.min(toExclusive, log.flushed.lastIndex + 1);
    const entries: LogEntryRecord[] = [];
    let bytes = 0;
    for (let index = from; index < end; index++) {
      const entry = this.read(group, log.ordinal, index);
      bytes += entry.data.length;
      if (bytes > bytesMax && entries.length > 0) break;
      entries.push(entry);
    }
    return entries;
  }

  /** The term of an entry or of the base; undefined when compacted or not on the disk yet. */
  term(group: string, index: number): number | undefined {
    return this.point(group, index)?.term;
  }

  /**
   * What `compactThrough` takes for an index: the entry's own term and time, or the base's.
   *
   * @returns undefined when the index is compacted or not on the disk yet.
   * @throws CorruptionError
   */
  point(group: string, index: number): LogPoint | undefined {
    const log = this.logs.get(group);
    const { baseIndex, baseTerm, baseTimeMs, lastIndex } = log?.flushed ?? EMPTY_HEADER;
    if (index === baseIndex) return { index, term: baseTerm, timeMs: baseTimeMs };
    if (log === undefined || index < baseIndex || index > lastIndex) return undefined;
    const { term, timeMs } = this.read(group, log.ordinal, index);
    return { index, term, timeMs };
  }

  /** Checks a write against everything accepted before and prepares its puts and removes. */
  private accept(write: GroupWrite, changes: Change[]): readonly [GroupLog, GroupHeader] {
    const log = this.logs.get(write.group) ?? this.addGroup(write.group);
    const { table } = this;
    const { ordinal } = log;
    const remove = (from: number, to: number): void => {
      for (let index = from; index <= to; index++) {
        changes.push({ table, key: entryKey(ordinal, index), value: null });
      }
    };

    let { baseIndex, baseTerm, baseTimeMs, lastIndex } = log.accepted;
    if (write.truncateFrom !== undefined) {
      const { truncateFrom } = write;
      invariant(truncateFrom > baseIndex, 'LogStore: baseIndex < truncateFrom', {
        group: write.group,
        baseIndex,
        truncateFrom,
      });
      remove(truncateFrom, lastIndex);
      lastIndex = Math.min(lastIndex, truncateFrom - 1);
    }
    for (const entry of write.entries) {
      invariant(entry.index === lastIndex + 1, 'LogStore: entries have no gap', {
        group: write.group,
        lastIndex,
        index: entry.index,
      });
      const key = entryKey(ordinal, entry.index);
      changes.push({ table, key, value: encodeEntry(key, entry) });
      lastIndex = entry.index;
    }
    if (write.compactThrough !== undefined) {
      const { index, term, timeMs } = write.compactThrough;
      invariant(index >= baseIndex, 'LogStore: the base never moves back', {
        group: write.group,
        baseIndex,
        index,
      });
      remove(baseIndex + 1, Math.min(index, lastIndex));
      [baseIndex, baseTerm, baseTimeMs] = [index, term, timeMs];
      lastIndex = Math.max(lastIndex, index);
    }
    const hardState = write.hardState ?? log.accepted.hardState;
    log.accepted = { hardState, baseIndex, baseTerm, baseTimeMs, lastIndex };
    const key = entryKey(ordinal, 0);
    changes.push({ table, key, value: encodeHeader(key, log.accepted) });
    return [log, log.accepted];
  }

  private addGroup(group: string): GroupLog {
    const log = {
      ordinal: this.directory.add(group),
      accepted: EMPTY_HEADER,
      flushed: EMPTY_HEADER,
    };
    this.logs.set(group, log);
    return log;
  }

  private read(group: string, ordinal: number, index: number): LogEntryRecord {
    const key = entryKey(ordinal, index);
    const change = this.unabsorbed.get(this.table, key);
    const record = change ? change.value : this.table.getBinary(key);
    if (!record) throw this.corrupt(group, index, 'is missing');
    const entry = decodeEntry(key, record);
    if (entry === undefined) throw this.corrupt(group, index, 'fails its checksum');
    return entry;
  }

  private countEntries(ordinal: number): number {
    const [start, end] = [entryKey(ordinal, 1), entryKey(ordinal + 1, 0)];
    let count = this.table.getKeysCount({ start, end });
    for (const { key, value } of this.unabsorbed.within(this.table, start, end)) {
      count += Number(value !== null) - Number(this.table.getBinary(key) !== undefined);
    }
    return count;
  }

  private readHeader(group: string, ordinal: number): GroupHeader {
    const key = entryKey(ordinal, 0);
    const record = this.table.getBinary(key);
    const header = record && decodeHeader(key, record);
    if (header === undefined) {
      const what = record === undefined ? 'is missing' : 'fails its checksum';
      throw new CorruptionError(
        `the hard state of group '${group}' in ${this.environment.path} ${what}`,
      );
    }
    return header;
  }

  private corrupt(group: string, index: number, what: string): CorruptionError {
    return new CorruptionError(
      `entry ${index} of group '${group}' in ${this.environment.path} ${what}`,
    );
  }
}

/** About what a write puts on the disk: data, and an entry's key, header and place in a page. */
const RECORD_OVERHEAD_BYTES = 64;

function bytesOf(write: GroupWrite): number {
  return write.entries.reduce(
    (bytes, entry) => bytes + entry.data.length + RECORD_OVERHEAD_BYTES,
    RECORD_OVERHEAD_BYTES,
  );
}
