import type { CommitTarget } from '../environment/commit-queue.js';
import type { Change, Table } from '../environment/environment.js';
import { writeFailure } from '../environment/write-failure.js';
import { StorageWriteError, type StorageError } from '../errors.js';
import { WAL_BUFFER_BYTES } from '../limits.js';
import type { Timers } from '../timers.js';
import { Absorber, absorbedChange, readAbsorbed, type AbsorbingStore } from './absorber.js';
import { durableFiles, type DurableFiles } from './durable-files.js';
import { changesBytes, encodeChanges } from './format/change-list.js';
import { RECORD_HEAD_BYTES, recordBytes, sealWalRecord } from './format/wal-record.js';
import { UnabsorbedChanges } from './unabsorbed-changes.js';
import type { WalFile } from './wal-file.js';
import { findWal, type FoundWal } from './wal-recovery.js';

export interface WriteAheadLogOptions {
  /** Where the files are, and what they are in front of. */
  readonly store: AbsorbingStore;
  /** The folder that both belong to, 32 hexadecimal digits. */
  readonly replicaId: string;
  /** The tables of changes. Their order is part of the format. */
  readonly tables: readonly Table[];
  /** The one that says what LMDB has absorbed. */
  readonly metaTable: Table;
  readonly timers: Timers;
  readonly disk?: DurableFiles;
}

/** A file that is not written on, until LMDB has all of it and it is erased. */
interface SpentFile {
  readonly file: WalFile;
  /** Its last record. */
  readonly sequence: number;
}

/**
 * The changes to one LMDB environment, on the disk in one sequential write each, before LMDB has them.
 *
 * A commit of LMDB writes some ten pages all over its file and flushes twice; a record is one write
 * into a file that has its blocks already. So a change is durable when its record is, and LMDB takes
 * the changes of many records in one transaction a little later, together with the number of the last
 * one. After a crash the records behind that number are put into LMDB before anything is read.
 *
 * The files are written in turn. One is erased and used again when LMDB has all of it and the next one
 * has a record: so the newest record always says which of the others are of no use.
 */
export class WriteAheadLog implements CommitTarget {
  /** What reads must look at before LMDB. */
  readonly unabsorbed = new UnabsorbedChanges();
  private readonly absorber: Absorber;
  private readonly spent: SpentFile[];
  private current: WalFile;
  /** The last spent file is followed by one that has a record on the disk. */
  private currentHasRecord: boolean;
  private readonly ready: WalFile[];
  private newestGeneration: number;
  private recycling: Promise<void> | undefined;
  /** Wakes the commit that waits for a file. */
  private wake: (() => void) | undefined;
  /** Of the last record that is on the disk. */
  private sequence: number;
  private readonly buffer = Buffer.allocUnsafeSlow(WAL_BUFFER_BYTES);
  private failure: StorageError | undefined;
  private closing = false;
  private closed = false;
  /** The commit under way. Never rejects. */
  private underWay: Promise<void> = Promise.resolve();
  private readonly errorListeners = new Set<(error: Error) => void>();

  private constructor(
    private readonly options: WriteAheadLogOptions,
    found: FoundWal,
  ) {
    const { store, metaTable, timers } = options;
    this.sequence = found.sequence;
    this.spent = found.spent.map((file) => ({ file, sequence: found.sequence }));
    this.current = found.current;
    this.currentHasRecord = !found.current.empty;
    this.ready = [...found.ready];
    this.newestGeneration = (found.ready.at(-1) ?? found.current).generation;
    const { unabsorbed, sequence } = this;
    this.absorber = new Absorber(store, metaTable, { changes: unabsorbed, sequence }, timers, {
      absorbed: () => this.absorbed(),
      failed: (error) => this.failInBackground(error),
    });
  }

  /**
   * Opens the files and puts what LMDB does not have into it. Blocks until that is on the disk.
   *
   * @throws CorruptionError, StorageFullError, StorageWriteError
   */
  static open(options: WriteAheadLogOptions): WriteAheadLog {
    const { store, replicaId, tables, metaTable, disk = durableFiles } = options;
    const absorbed = readAbsorbed(metaTable, store.path);
    const found = findWal(store.path, { replicaId, absorbed, tables }, disk);
    try {
      if (found.sequence > absorbed) {
        const replayed = new UnabsorbedChanges();
        replayed.add(found.sequence, found.changes);
        const changes = replayed.freeze()?.changes ?? [];
        store.commitSync([...changes, absorbedChange(metaTable, found.sequence)]);
      }
      return new WriteAheadLog(options, found);
    } catch (error) {
      for (const file of [...found.spent, found.current, ...found.ready]) file.close();
      throw error;
    }
  }

  get path(): string {
    return this.options.store.path;
  }

  /**
   * Resolves when the changes are on the disk, all of them or none, in the order of the calls; then
   * `unabsorbed` has them, or LMDB. One call at a time.
   *
   * @throws StorageWriteError, StorageFullError: then, and for every later call.
   */
  commit(changes: readonly Change[]): Promise<void> {
    if (this.failure) return Promise.reject(this.failure);
    if (this.closing) return Promise.reject(this.closedError());
    const written = this.write(changes).catch((error: unknown) => {
      throw this.fail(error);
    });
    this.underWay = written.catch(() => undefined);
    return written;
  }

  /** Called once, when something failed that no `commit` waits for: the node must stop. */
  onError(listener: (error: Error) => void): void {
    this.errorListeners.add(listener);
  }

  /** Begins to erase what is of no use. Once, when the folder is known to be good. */
  begin(): void {
    this.recycle();
  }

  /** Closes the files of a log that has not begun. */
  closeNow(): void {
    if (this.closed) return;
    this.closed = true;
    this.failure ??= this.closedError();
    const spent = this.spent.map(({ file }) => file);
    for (const file of new Set([...spent, this.current, ...this.ready])) file.close();
  }

  /** Refuses more from now on, brings all into LMDB and closes the files when nobody writes them. */
  async close(): Promise<void> {
    this.closing = true;
    try {
      // First what the commit under way may wait for, then what that one brings.
      if (this.failure === undefined) await this.absorber.drain();
      await this.underWay;
      if (this.failure === undefined) await this.absorber.drain();
    } finally {
      this.absorber.stop();
      await this.underWay;
      while (this.recycling) await this.recycling;
      this.closeNow();
    }
  }

  private closedError(): StorageError {
    return new StorageWriteError(this.path, new Error('the store is closed'));
  }

  private async write(changes: readonly Change[]): Promise<void> {
    const bodyBytes = changesBytes(changes);
    const bytes = recordBytes(bodyBytes);
    if (bytes > this.current.capacityBytes) return this.absorber.commitBehind(changes);
    if (!this.current.fits(bytes)) await this.turn();
    const record =
      bytes > this.buffer.length ? Buffer.allocUnsafeSlow(bytes) : this.buffer.subarray(0, bytes);
    const sequence = this.sequence + 1;
    encodeChanges(changes, this.options.tables, record, RECORD_HEAD_BYTES);
    sealWalRecord(record, bodyBytes, this.current.place(sequence));
    await this.current.append(record);
    // LMDB may have failed meanwhile: nobody would bring the record there.
    if (this.failure) throw this.failure;
    this.sequence = sequence;
    this.currentHasRecord = true;
    this.unabsorbed.add(sequence, changes);
    this.absorber.arm(this.lags);
    this.recycle();
  }

  /** Goes on with the next file, once it is empty. */
  private async turn(): Promise<void> {
    this.spent.push({ file: this.current, sequence: this.sequence });
    this.currentHasRecord = false;
    this.absorber.arm(true);
    for (;;) {
      if (this.failure) throw this.failure;
      const next = this.ready.shift();
      if (next !== undefined) {
        this.current = next;
        return;
      }
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }

  /** A file waits for LMDB. */
  private get lags(): boolean {
    const last = this.spent.at(-1);
    return last !== undefined && last.sequence > this.absorber.sequence;
  }

  private absorbed(): void {
    this.recycle();
    this.absorber.arm(this.lags);
  }

  /** Begins to erase the oldest file when it may be. */
  private recycle(): void {
    const [oldest] = this.spent;
    if (oldest === undefined || this.recycling || this.failure) return;
    const followed = this.spent.length > 1 || this.currentHasRecord;
    if (!followed || oldest.sequence > this.absorber.sequence) return;
    this.newestGeneration++;
    this.recycling = oldest.file.recycle(this.newestGeneration).then(
      () => {
        this.recycling = undefined;
        this.spent.shift();
        this.ready.push(oldest.file);
        this.wake?.();
        this.recycle();
      },
      (error) => {
        this.recycling = undefined;
        this.failInBackground(error);
      },
    );
  }

  private failInBackground(error: unknown): void {
    const known = this.failure !== undefined;
    const failure = this.fail(error);
    if (!known) for (const listener of this.errorListeners) listener(failure);
  }

  private fail(error: unknown): StorageError {
    this.failure ??= writeFailure(this.path, error);
    this.absorber.stop();
    this.wake?.();
    return this.failure;
  }
}
