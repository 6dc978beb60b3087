import { setImmediate as nextTurn } from 'node:timers/promises';
import { invariant } from '@sinkron/invariant';
import type { Change, Environment, Table } from '../environment/environment.js';
import { NameDirectory } from '../environment/name-directory.js';
import { CorruptionError } from '../errors.js';
import { sealRecord } from '../environment/checked-record.js';
import {
  STATE_CHANGES_PER_TURN,
  STATE_COMMIT_INTERVAL_MS,
  STATE_OVERLAY_BYTES_MAX,
} from '../limits.js';
import type { Timers } from '../timers.js';
import { GroupStateStore, type FrozenState } from './group-state-store.js';
import {
  appliedKey,
  decodeApplied,
  encodeApplied,
  stateKey,
  type AppliedRecord,
} from './state-key.js';
import { StateTableReader } from './state-table-reader.js';

export const STATE_RECORDS_TABLE = 'records';
export const STATE_META_TABLE = 'meta';

/** What the state needs to know of the log: it must never be ahead of it on the disk. */
export interface LogProgress {
  /** Resolves when everything handed to the log so far is on the disk. */
  settled(): Promise<void>;
  /** The last index of a group that is on the disk. */
  lastIndex(group: string): number;
}

const NOTHING_APPLIED: AppliedRecord = { index: 0, term: 0 };

/**
 * The state of all groups of this node, in one LMDB environment.
 *
 * Changes gather in memory and are visible to reads at once. In the background they are frozen
 * between two turns and written by one transaction together with each group's applied index, after
 * the log has flushed the entries they came from. So a crash loses the changes of a suffix of the
 * applied entries, never a part of one, and the log replays them.
 */
export class StateStore {
  private readonly records: Table;
  private readonly directory: NameDirectory;
  private readonly groups = new Map<string, GroupStateStore>();
  private readonly drainListeners = new Set<() => void>();
  private readonly errorListeners = new Set<(error: Error) => void>();
  /** Changes in memory, not yet on the disk, bytes. */
  private bytes = 0;
  private cancelTimer: (() => void) | undefined;
  private timerIsUrgent = false;
  private running: Promise<void> | undefined;
  private failure: Error | undefined;

  /** @throws CorruptionError when a group's applied record is missing or wrong. */
  constructor(
    private readonly environment: Environment,
    private readonly log: LogProgress,
    private readonly timers: Timers,
  ) {
    this.records = environment.table(STATE_RECORDS_TABLE);
    this.directory = new NameDirectory(environment, STATE_META_TABLE);
    this.directory.names.forEach((group, ordinal) => {
      this.groups.set(group, this.createGroup(group, this.readApplied(group, ordinal)));
    });
  }

  /** The tables of a group; empty and at index 0 when it was never written. */
  group(group: string): GroupStateStore {
    let store = this.groups.get(group);
    if (store === undefined) {
      store = this.createGroup(group, NOTHING_APPLIED);
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
    return this.environment.full;
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
      if (this.failure) throw this.failure;
      await (this.running ?? this.start());
    }
    if (this.failure) throw this.failure;
  }

  /** Writes what is in memory and stops the timer. */
  async close(): Promise<void> {
    try {
      await this.flush();
    } finally {
      this.cancelTimer?.();
      this.cancelTimer = undefined;
      this.failure ??= new Error('the store is closed');
    }
  }

  private createGroup(group: string, applied: AppliedRecord): GroupStateStore {
    const reader = new StateTableReader(this.records, group, () => this.directory.ordinal(group));
    return new GroupStateStore(reader, applied, (bytes) => this.changed(bytes));
  }

  private changed(bytes: number): void {
    this.bytes += bytes;
    if (this.failure) return;
    this.arm();
  }

  /** One timer: at the interval, or as soon as the turn ends once the overlay is half full. */
  private arm(): void {
    const urgent = this.bytes > STATE_OVERLAY_BYTES_MAX / 2;
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
    this.running = this.commit()
      .catch((error: unknown) => this.fail(asError(error)))
      .finally(() => {
        this.running = undefined;
        if (this.failure === undefined && this.dirtyGroups().length > 0) this.arm();
      });
    return this.running;
  }

  private async commit(): Promise<void> {
    if (this.failure) return;
    const frozen = this.dirtyGroups().map(([name, group]) => ({
      name,
      group,
      state: group.freeze(),
    }));
    if (frozen.length === 0) return;
    await this.log.settled();
    const changes: Change[] = [];
    const groupsBefore = this.directory.names.length;
    for (const { name, state } of frozen) {
      invariant(state.applied.index <= this.log.lastIndex(name), 'StateStore: applied <= logged', {
        group: name,
        applied: state.applied.index,
        logged: this.log.lastIndex(name),
      });
      await this.prepare(this.directory.ordinal(name) ?? this.directory.add(name), state, changes);
    }
    if (this.directory.names.length > groupsBefore) changes.push(this.directory.record());
    await this.environment.commit(changes);
    this.release(frozen);
  }

  /** Encodes what was frozen, a part in each turn: what is frozen does not change any more. */
  private async prepare(ordinal: number, state: FrozenState, changes: Change[]): Promise<void> {
    const table = this.records;
    for (const [name, key, value] of state.overlay.changes()) {
      const storedKey = stateKey(ordinal, name, key);
      changes.push({ table, key: storedKey, value: value && sealRecord(storedKey, value) });
      if (changes.length % STATE_CHANGES_PER_TURN === 0) await nextTurn();
    }
    const key = appliedKey(ordinal);
    changes.push({ table, key, value: encodeApplied(key, state.applied) });
  }

  private release(frozen: readonly { group: GroupStateStore; state: FrozenState }[]): void {
    const wasSaturated = this.saturated;
    for (const { group, state } of frozen) {
      group.release();
      this.bytes -= state.overlay.bytes;
    }
    invariant(this.bytes >= 0, 'StateStore: bytes >= 0', { bytes: this.bytes });
    if (!wasSaturated || this.saturated) return;
    for (const listener of this.drainListeners) listener();
  }

  private fail(error: Error): void {
    this.failure = error;
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

  private readApplied(group: string, ordinal: number): AppliedRecord {
    const key = appliedKey(ordinal);
    const record = this.records.getBinary(key);
    const applied = record && decodeApplied(key, record);
    if (applied !== undefined) return applied;
    const what = record === undefined ? 'is missing' : 'fails its checksum';
    throw new CorruptionError(
      `the applied index of group '${group}' in ${this.environment.path} ${what}`,
    );
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
