import { existsSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { invariant } from '@sinkron/invariant';
import { open, type Database, type RootDatabase, type Transaction } from 'lmdb';
import { CorruptionError, DataDirectoryUnwritableError } from '../errors.js';
import { codeOf } from '../foreign-error.js';
import { STORAGE_EXHAUSTED_RATIO, STORAGE_FULL_RATIO, STORAGE_RECOUNT_RATIO } from '../limits.js';
import { checkDataFile, PAGE_BYTES } from './data-file.js';
import { PageReserve } from './page-reserve.js';
import { writeFailure } from './write-failure.js';

/** Binary keys, ordered by their bytes, to binary values. */
export type Table = Database<Buffer, Buffer>;

/** One picture of all tables, as of when it was begun. LMDB reuses no page freed since: end it soon. */
export type ReadTransaction = Transaction;

/** One put, or with null one removal. Keys fit `STATE_KEY_BYTES_MAX`. */
export interface Change {
  readonly table: Table;
  readonly key: Buffer;
  readonly value: Buffer | null;
}

export interface EnvironmentOptions {
  /** A folder; made when it is missing. */
  readonly path: string;
  readonly mapBytes: number;
  readonly tables: readonly string[];
}

/**
 * One LMDB environment, written by one transaction at a time.
 *
 * Durability rests on `overlappingSync: false`, LMDB's own commit order. A commit runs on a thread of
 * the pool and does, in this order: pwrite and writev of the changed pages, fdatasync, pwrite of the
 * meta page through a descriptor opened with O_DSYNC; only after that has returned does lmdb-js
 * resolve the promise of `batch`. To see it:
 * `strace -f -tt -e trace=openat,fdatasync,pwrite64,writev,write -p <pid of a node>`.
 *
 * The other options, as measured on ext4 (sequential commits of 1, 16 and 256 entries of 200 bytes):
 * - `overlappingSync: true`, the library's default on Linux, is no faster (0.4, 0.6, 1.1 ms either
 *   way): it makes a commit visible before its fdatasync, writes a third meta record, and needs the
 *   machine's boot id to decide after a crash which one to trust. A failed sync leaves a visible
 *   transaction behind; without it the transaction is aborted.
 * - `noSync` never calls fdatasync; `noMetaSync` drops O_DSYNC, so the last commit can be lost.
 * - `transactionSync` calls fdatasync on the main thread, whatever its flags.
 * - `eventTurnBatching`, `commitDelay` put other timers between us and the disk; we batch ourselves.
 */
export class Environment {
  private committing = false;
  private closed = false;
  /** Bytes in use when they were counted last; undefined when they must be counted again. */
  private knownBytes: number | undefined;
  /** What was written since then, bytes. */
  private writtenBytes = 0;
  private readonly reserve: PageReserve;
  private expectedBytes: () => number = () => 0;

  private constructor(
    private readonly options: EnvironmentOptions,
    private readonly root: RootDatabase<Buffer, Buffer>,
    private readonly tables: ReadonlyMap<string, Table>,
  ) {
    this.reserve = new PageReserve(join(options.path, 'data.mdb'), options.mapBytes);
  }

  /** Whether the folder holds a database, be it a damaged one. */
  static exists(path: string): boolean {
    return existsSync(join(path, 'data.mdb'));
  }

  /** @throws CorruptionError when there is a data file that cannot be one of ours. */
  static open(options: EnvironmentOptions): Environment {
    const dataFile = join(options.path, 'data.mdb');
    if (!Environment.exists(options.path)) return Environment.map(options);
    const { bytes, neededBytes } = checkDataFile(dataFile);
    if (bytes >= neededBytes) return Environment.map(options);
    // Zeros instead of a hole behind the end of the file: a lost page becomes an error (a page of
    // zeros is none of LMDB's), where reading past the end would be SIGBUS.
    truncateSync(dataFile, neededBytes);
    let environment: Environment | undefined;
    try {
      environment = Environment.map(options);
      environment.walk();
      return environment;
    } catch (cause) {
      environment?.closeNow();
      // As it was, so that the next start finds the same.
      truncateSync(dataFile, bytes);
      throw new CorruptionError(`${dataFile} was cut to ${bytes} bytes`, cause);
    }
  }

  private static map(options: EnvironmentOptions): Environment {
    const encoding = { encoding: 'binary', keyEncoding: 'binary' } as const;
    let root: RootDatabase<Buffer, Buffer> | undefined;
    try {
      root = open<Buffer, Buffer>({
        ...encoding,
        path: options.path,
        noSubdir: false,
        mapSize: options.mapBytes,
        pageSize: PAGE_BYTES,
        maxDbs: options.tables.length + 1,
        maxReaders: 126,
        overlappingSync: false,
        noSync: false,
        noMetaSync: false,
        useWritemap: false,
        noMemInit: false,
        eventTurnBatching: false,
        commitDelay: 0,
        cache: false,
        compression: false,
      });
      const tables = new Map<string, Table>();
      for (const name of options.tables) {
        tables.set(name, root.openDB<Buffer, Buffer>({ ...encoding, name, cache: false }));
      }
      return new Environment(options, root, tables);
    } catch (cause) {
      void root?.close();
      // A positive code is an errno: no permission, no memory, no files left.
      if (Number(codeOf(cause)) > 0) {
        throw new DataDirectoryUnwritableError(options.path, cause);
      }
      throw new CorruptionError(`${options.path} cannot be opened as a database`, cause);
    }
  }

  get path(): string {
    return this.options.path;
  }

  table(name: string): Table {
    const table = this.tables.get(name);
    invariant(table !== undefined, 'Environment: table is declared', { name });
    return table;
  }

  get(table: Table, key: Buffer, transaction?: ReadTransaction): Buffer | undefined {
    return table.get(key, { transaction });
  }

  /** Call `done` of the result exactly once, before the environment is closed. */
  beginRead(): ReadTransaction {
    return this.root.useReadTransaction();
  }

  /** Bytes in live pages; freed pages are reused and do not count. */
  get usedBytes(): number {
    const { root, free } = this.root.getStats() as EnvironmentStats;
    const trees = [root, free, ...[...this.tables.values()].map((table) => table.getStats())];
    return (trees as TreeStats[]).reduce((bytes, tree) => bytes + pagesOf(tree) * PAGE_BYTES, 0);
  }

  /** Makes `full` and `exhausted` count bytes that commits will bring. */
  expect(bytes: () => number): void {
    this.expectedBytes = bytes;
  }

  /** Above 90 % of the map, give or take 0.1 %: propose nothing new. */
  get full(): boolean {
    return this.isAbove(STORAGE_FULL_RATIO);
  }

  /** Above 97 % of the map: take no entry at all. */
  get exhausted(): boolean {
    return this.isAbove(STORAGE_EXHAUSTED_RATIO);
  }

  private isAbove(ratio: number): boolean {
    if (this.knownBytes === undefined) {
      this.knownBytes = this.countBytes();
      this.writtenBytes = 0;
    }
    return this.knownBytes + this.expectedBytes() > this.options.mapBytes * ratio;
  }

  /** Live pages, or all pages ever used while those are few enough not to matter. */
  private countBytes(): number {
    const { touchedBytes } = this;
    if (touchedBytes <= this.options.mapBytes * STORAGE_FULL_RATIO) return touchedBytes;
    return this.usedBytes;
  }

  /** Bytes of all pages ever used. */
  private get touchedBytes(): number {
    const { lastPageNumber } = this.root.getStats() as EnvironmentStats;
    return (lastPageNumber + 1) * PAGE_BYTES;
  }

  /**
   * Makes the changes, in their order, as one transaction.
   *
   * Resolves when the transaction is on the disk, and reads see it. One at a time. After a failure
   * nothing of it is visible, and the caller must not commit again: LMDB may be unable to begin
   * another transaction, and then never answers.
   *
   * @throws StorageFullError, StorageWriteError
   */
  async commit(changes: readonly Change[]): Promise<void> {
    invariant(!this.committing, 'Environment: one commit at a time', { path: this.path });
    this.committing = true;
    try {
      if (this.reserve.due) await this.reserve.keepAhead(this.touchedBytes);
      await this.root.batch(() => this.apply(changes));
    } catch (error) {
      throw writeFailure(this.path, await causeOf(error));
    } finally {
      this.committing = false;
      this.forgetBytes();
    }
  }

  /** The same, blocking until the disk has it. Only while a folder is made or opened. */
  commitSync(changes: readonly Change[]): void {
    invariant(!this.committing, 'Environment: one commit at a time', { path: this.path });
    try {
      this.root.transactionSync(() => this.apply(changes));
    } catch (error) {
      throw writeFailure(this.path, error);
    } finally {
      this.forgetBytes();
    }
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    await this.root.close();
  }

  /** Closes when no commit was ever begun, so that nothing is waited for. */
  closeNow(): void {
    invariant(!this.committing, 'Environment: no commit while closing', { path: this.path });
    void this.close();
  }

  /** Reads every record, so that every page is looked at. @returns their bytes. */
  private walk(): number {
    let bytes = 0;
    for (const table of this.tables.values()) {
      for (const { value } of table.getRange({})) bytes += value.length;
    }
    return bytes;
  }

  private apply(changes: readonly Change[]): void {
    // A commit copies the path to each leaf that it changes, whatever it writes.
    let bytes = PAGE_BYTES;
    for (const { table, key, value } of changes) {
      // Their promises are the transaction's, which the caller waits for.
      if (value === null) {
        void table.remove(key);
      } else {
        void table.put(key, value);
        bytes += 2 * (key.length + value.length);
      }
    }
    this.writtenBytes += bytes;
    this.reserve.written(bytes);
  }

  private forgetBytes(): void {
    const { mapBytes } = this.options;
    const known = this.knownBytes ?? mapBytes;
    const exact = known > mapBytes * STORAGE_FULL_RATIO;
    if (exact || this.writtenBytes > mapBytes * STORAGE_RECOUNT_RATIO) this.knownBytes = undefined;
  }
}

/** What `getStats` answers; the library types it as an empty object. */
interface TreeStats {
  readonly treeBranchPageCount: number;
  readonly treeLeafPageCount: number;
  readonly overflowPages: number;
}

interface EnvironmentStats extends TreeStats {
  readonly root: TreeStats;
  readonly free: TreeStats;
  readonly lastPageNumber: number;
}

function pagesOf(tree: TreeStats): number {
  return tree.treeBranchPageCount + tree.treeLeafPageCount + tree.overflowPages;
}

/** lmdb-js rejects with a general error and gives the reason in a second promise, `commitError`. */
async function causeOf(error: unknown): Promise<unknown> {
  if (typeof error !== 'object' || error === null || !('commitError' in error)) return error;
  try {
    await error.commitError;
    return error;
  } catch (cause) {
    return cause;
  }
}
