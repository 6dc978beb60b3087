import { setImmediate as nextTurn } from 'node:timers/promises';
import { invariant } from '@sinkron/invariant';
import { sealRecord } from '../environment/checked-record.js';
import type { Change, Environment } from '../environment/environment.js';
import {
  SNAPSHOT_SOURCES_MAX,
  STATE_CHANGES_PER_TURN,
  STATE_COMMIT_INTERVAL_MS,
  STATE_COMMIT_RECORDS,
  STATE_OVERLAY_BYTES_MAX,
} from '../limits.js';
import { ScrapSweeper } from '../snapshot/scrap-sweeper.js';
import { StateSnapshotSink } from '../snapshot/state-snapshot-sink.js';
import { StateSnapshotSource } from '../snapshot/state-snapshot-source.js';
import type { Timers } from '../timers.js';
import { appliedKey, encodeApplied, type SnapshotPoint } from './group-records.js';
import { GroupStateStore, type FrozenState } from './group-state-store.js';
import { StateDisk, type FlushedGroup } from './state-disk.js';
import { stateKey } from './state-key.js';
import { StateTableReader } from './state-table-reader.js';

/** What the state needs to know of the log: it must never be ahead of it on the disk. */
export interface LogProgress {
  /** Resolves when everything handed to the log so far is on the disk. */
  settled(): Promise<void>;
  /** The last index of a group that is on the disk. */
  lastIndex(group: string): number;
}

const NOTHING = { applied: { index: 0, term: 0 }, installed: null };

/**
 * The state of all groups of this node, in one LMDB environment.
 *
 * Changes gather in memory and are visible to reads at once. In the background they are frozen
 * between two turns and written by one transaction together with each group's applied index, after
 * the log has flushed the entries they came from. So a crash loses the changes of a suffix of the
 * applied entries, never a part of one, and the log replays them.
 *
 * A commit of changes, from freezing them until they are on the disk, and the switch of a group to an
 * installed snapshot exclude each other: so no change made to the old state is ever written into the
 * new one, nor into an ordinal that is being swept.
 */
export class StateStore {
  private readonly disk: StateDisk;
  private readonly sweeper: ScrapSweeper;
  private readonly sources = new Set<StateSnapshotSource>();
  /** Groups with an install under way. */
  private readonly installing = new Set<string>();
  private readonly groups = new Map<string, GroupStateStore>();
  private readonly drainListeners = new Set<() => void>();
  private readonly errorListeners = new Set<(error: Error) => void>();
  /** Changes in memory, not yet on the disk, bytes. */
  private bytes = 0;
  /** Records changed in memory that no commit has taken. */
  private records = 0;
  private cancelTimer: (() => void) | undefined;
  private timerIsUrgent = false;
  private running: Promise<void> | undefined;

  /** @throws CorruptionError when a group's applied record is missing or wrong. */
  constructor(
    environment: Environment,
    private readonly log: LogProgress,
    private readonly timers: Timers,
  ) {
    this.disk = new StateDisk(environment, (error) => this.fail(error));
    this.sweeper = new ScrapSweeper(this.disk);
    for (const group of this.disk.directory.names) {
      const found = this.disk.find(group);
      invariant(found !== undefined, 'StateStore: the group is listed', { group });
      this.groups.set(group, this.createGroup(group, found.ordinal, found));
    }
  }

  /** The tables of a group; empty and at index 0 when it was never written. */
  group(group: string): GroupStateStore {
    let store = this.groups.get(group);
    if (store === undefined) {
      store = this.createGroup(group, undefined, NOTHING);
      this.groups.set(group, store);
    }
    return store;
  }

  /** Groups that have been asked for or are on the disk. */
  groupNames(): readonly string[] {
    return [...this.groups.keys()];
  }

  /** Whether 90 % of the map is in use: take no more commands that add state. */
  get full(): boolean {
    return this.disk.full;
  }

  /** Whether more than `STATE_OVERLAY_BYTES_MAX` waits for the disk: stop applying until drained. */
  get saturated(): boolean {
    return this.bytes > STATE_OVERLAY_BYTES_MAX;
  }

  /** Called whenever the store stops being saturated. @returns a function that unsubscribes. */
  onDrained(listener: () => void): () => void {
    this.drainListeners.add(listener);
    return () => this.drainListeners.delete(listener);
  }

  /**
   * Called once, when a commit failed (StorageFullError, StorageWriteError): the node must stop, and
   * nothing is written any more. Without a listener the error is thrown and ends the process.
   */
  onError(listener: (error: Error) => void): () => void {
    this.errorListeners.add(listener);
    return () => this.errorListeners.delete(listener);
  }

  /**
   * Writes every closed change now. Rejects with the error of a failed commit.
   */
  async flush(): Promise<void> {
    while (this.running || this.dirtyGroups().length > 0) {
      if (this.disk.failure) throw this.disk.failure;
      await (this.running ?? this.start());
    }
    if (this.disk.failure) throw this.disk.failure;
  }

  /**
   * A picture of a group's state as it is on the disk.
   *
   * @returns null when nothing of the group is on the disk, or `SNAPSHOT_SOURCES_MAX` are open.
   * @throws CorruptionError
   */
  openSnapshot(group: string): StateSnapshotSource | null {
    if (this.disk.failure || this.sources.size >= SNAPSHOT_SOURCES_MAX) return null;
    const closed = (source: StateSnapshotSource): void => void this.sources.delete(source);
    const source = StateSnapshotSource.open(this.disk, group, this.timers, closed);
    if (source) this.sources.add(source);
    return source;
  }

  /** Begins to replace a group's state by that of a snapshot; one install of a group at a time. */
  beginInstall(group: string, point: SnapshotPoint): StateSnapshotSink {
    const store = this.group(group);
    invariant(!this.installing.has(group), 'StateStore: one install of a group at a time', {
      group,
    });
    invariant(store.appliedIndex <= point.index, 'StateStore: a snapshot never leads back', {
      group,
      applied: store.appliedIndex,
      index: point.index,
    });
    this.installing.add(group);
    return new StateSnapshotSink(this.disk, group, point, {
      switched: (ordinal, replaced) => {
        this.installing.delete(group);
        const dropped = store.replace(this.reader(group, ordinal), point);
        this.records -= dropped.count;
        this.discount(dropped.bytes);
        if (replaced !== undefined) this.sweeper.add(replaced);
      },
      abandoned: (ordinal) => {
        this.installing.delete(group);
        this.sweeper.add(ordinal);
      },
    });
  }

  /** Ordinals of replaced and of given up state that are not removed yet. */
  get scrapCount(): number {
    return this.sweeper.count;
  }

  /** Begins to remove what installs have left behind when the process ended. Once, at start. */
  sweep(): void {
    for (const ordinal of this.disk.directory.scrap) this.sweeper.add(ordinal);
  }

  /** Writes what is in memory and stops the timers. */
  async close(): Promise<void> {
    try {
      await this.flush();
    } finally {
      this.cancelTimer?.();
      this.cancelTimer = undefined;
      for (const source of this.sources) source.close();
      this.sweeper.close();
      await this.disk.close();
    }
  }

  private createGroup(
    group: string,
    ordinal: number | undefined,
    on: Pick<FlushedGroup, 'applied' | 'installed'>,
  ): GroupStateStore {
    const reader = ordinal === undefined ? undefined : this.reader(group, ordinal);
    return new GroupStateStore(reader, on, (bytes, records) => this.changed(bytes, records));
  }

  private reader(group: string, ordinal: number): StateTableReader {
    return new StateTableReader(this.disk.records, group, ordinal);
  }

  private changed(bytes: number, records: number): void {
    this.bytes += bytes;
    this.records += records;
    if (this.disk.failure) return;
    this.arm();
  }

  /** One timer: at the interval, or as soon as the turn ends once there is enough for a commit. */
  private arm(): void {
    const urgent = this.bytes > STATE_OVERLAY_BYTES_MAX / 2 || this.records > STATE_COMMIT_RECORDS;
    if (this.running || (this.cancelTimer && (this.timerIsUrgent || !urgent))) return;
    this.cancelTimer?.();
    this.timerIsUrgent = urgent;
    this.cancelTimer = this.timers.schedule(urgent ? 0 : STATE_COMMIT_INTERVAL_MS, () => {
      this.cancelTimer = undefined;
      void this.start();
    });
  }

  /** Never rejects: a failure goes to `onError` and to `flush`. */
  private start(): Promise<void> {
    this.cancelTimer?.();
    this.cancelTimer = undefined;
    this.running = this.disk
      .write(() => this.commit())
      .then(() => {
        this.running = undefined;
        if (this.disk.failure === undefined && this.dirtyGroups().length > 0) this.arm();
      });
    return this.running;
  }

  private async commit(): Promise<void> {
    const frozen = this.dirtyGroups().map(([name, group]) => ({
      name,
      group,
      state: group.freeze(),
    }));
    if (frozen.length === 0) return;
    this.records = 0;
    await this.log.settled();
    const { directory } = this.disk;
    const changes: Change[] = [];
    const groupsBefore = directory.names.length;
    for (const { name, state } of frozen) {
      invariant(state.applied.index <= this.log.lastIndex(name), 'StateStore: applied <= logged', {
        group: name,
        applied: state.applied.index,
        logged: this.log.lastIndex(name),
      });
      await this.prepare(directory.ordinal(name) ?? directory.add(name), state, changes);
    }
    if (directory.names.length > groupsBefore) changes.push(directory.record());
    await this.disk.commit(changes);
    this.release(frozen);
  }

  /** Encodes what was frozen, a part in each turn: what is frozen does not change any more. */
  private async prepare(ordinal: number, state: FrozenState, changes: Change[]): Promise<void> {
    const table = this.disk.records;
    for (const [name, key, value] of state.overlay.changes()) {
      const storedKey = stateKey(ordinal, name, key);
      changes.push({ table, key: storedKey, value: value && sealRecord(storedKey, value) });
      if (changes.length % STATE_CHANGES_PER_TURN === 0) await nextTurn();
    }
    const key = appliedKey(ordinal);
    changes.push({ table, key, value: encodeApplied(key, state.applied) });
  }

  private release(
    frozen: readonly { name: string; group: GroupStateStore; state: FrozenState }[],
  ): void {
    let bytes = 0;
    for (const { name, group, state } of frozen) {
      const ordinal = this.disk.directory.ordinal(name);
      invariant(ordinal !== undefined, 'StateStore: what is flushed is listed', { group: name });
      group.release(this.reader(name, ordinal));
      bytes += state.overlay.bytes;
    }
    this.discount(bytes);
  }

  /** Changes of so many bytes have left the memory. */
  private discount(bytes: number): void {
    const wasSaturated = this.saturated;
    this.bytes -= bytes;
    invariant(this.bytes >= 0, 'StateStore: bytes >= 0', { bytes: this.bytes });
    if (!wasSaturated || this.saturated) return;
    for (const listener of this.drainListeners) listener();
  }

  private fail(error: Error): void {
    if (this.errorListeners.size === 0) {
      queueMicrotask(() => {
        throw error;
      });
    }
    for (const listener of this.errorListeners) listener(error);
  }

  private dirtyGroups(): [string, GroupStateStore][] {
    return [...this.groups].filter(([, group]) => group.dirty);
  }
}
