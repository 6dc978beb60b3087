import type { GroupState, SnapshotPoint, SnapshotSink, SnapshotSource } from '@sinkron/consensus';
import type { World } from '../world/world.js';
import {
  changedDigest,
  recordOf,
  tableOf,
  type StateRecord,
  type StoredState,
  type Tables,
} from './state-tables.js';

/** What a view asks of the disk under it. */
export interface StateDiskPort {
  /** Changes wait for a commit. */
  dirty(): void;
  openSnapshot(): SnapshotSource | null;
  beginInstall(point: SnapshotPoint): SnapshotSink;
  /** @throws DiskFailure when the record does not match its checksum. */
  verify(record: StateRecord): void;
}

/** The changes of whole entries. */
export interface FrozenChanges {
  readonly changes: Tables;
  readonly appliedIndex: number;
  readonly appliedTerm: number;
  readonly digest: number;
}

/** The tables as a process sees them: its own changes over those on their way over the disk. */
export class StateView implements GroupState {
  /** Called when an entry's changes are complete. */
  onApplied: (index: number, digest: number) => void = () => {};
  /** Called when a snapshot has become the state. */
  onInstalled: (point: SnapshotPoint, digest: number) => void = () => {};
  private current: Tables = new Map();
  private frozen: Tables | null = null;
  private applied: number;
  private appliedTerm: number;
  private sum: number;
  private committing = false;

  constructor(
    private stored: StoredState,
    private readonly unflushedEntriesMax: number,
    private readonly world: World,
    private readonly disk: StateDiskPort,
  ) {
    this.applied = stored.appliedIndex;
    this.appliedTerm = stored.appliedTerm;
    this.sum = stored.digest;
  }

  get appliedIndex(): number {
    return this.applied;
  }

  get flushedIndex(): number {
    return this.stored.appliedIndex;
  }

  get installed(): SnapshotPoint | null {
    return this.stored.installed;
  }

  get saturated(): boolean {
    const saturated = this.applied - this.flushedIndex >= this.unflushedEntriesMax;
    if (saturated) this.world.met('applying paused by a saturated state');
    return saturated;
  }

  /** Over all records; equal contents give equal digests. */
  get digest(): number {
    return this.sum;
  }

  get(table: string, key: string): Uint8Array | undefined {
    const record = this.record(table, key);
    this.disk.verify(record);
    return record?.value;
  }

  put(table: string, key: string, value: Uint8Array): void {
    this.set(table, key, recordOf(table, key, value));
  }

  remove(table: string, key: string): void {
    if (this.record(table, key) !== null) this.set(table, key, null);
  }

  *range(table: string, from = ''): IterableIterator<readonly [key: string, value: Uint8Array]> {
    const layers = [this.stored.tables, this.frozen, this.current];
    const keys = new Set(layers.flatMap((layer) => [...(layer?.get(table)?.keys() ?? [])]));
    const ordered = [...keys].map((key) => ({ key, bytes: Buffer.from(key, 'utf8') }));
    const start = Buffer.from(from, 'utf8');
    ordered.sort((left, right) => Buffer.compare(left.bytes, right.bytes));
    for (const { key, bytes } of ordered) {
      if (Buffer.compare(bytes, start) < 0) continue;
      const value = this.get(table, key);
      if (value !== undefined) yield [key, value];
    }
  }

  markApplied(index: number, term: number): void {
    this.applied = index;
    this.appliedTerm = term;
    this.onApplied(index, this.sum);
    this.wantCommit();
  }

  openSnapshot(): SnapshotSource | null {
    return this.disk.openSnapshot();
  }

  beginInstall(point: SnapshotPoint): SnapshotSink {
    return this.disk.beginInstall(point);
  }

  /** Takes the changes so far; whole entries, for it happens between two events. */
  freeze(): FrozenChanges {
    const changes = this.current;
    this.frozen = changes;
    this.current = new Map();
    const { applied: appliedIndex, appliedTerm, sum: digest } = this;
    return { changes, appliedIndex, appliedTerm, digest };
  }

  /** What was frozen is on the disk. */
  release(stored: StoredState): void {
    this.stored = stored;
    this.frozen = null;
    this.committing = false;
    if (this.applied > stored.appliedIndex) this.wantCommit();
  }

  /** The disk has a snapshot's state now: nothing in memory belongs to it. */
  replace(stored: StoredState, point: SnapshotPoint): void {
    this.stored = stored;
    this.frozen = null;
    this.current = new Map();
    this.applied = stored.appliedIndex;
    this.appliedTerm = stored.appliedTerm;
    this.sum = stored.digest;
    this.committing = false;
    this.onInstalled(point, stored.digest);
  }

  private wantCommit(): void {
    if (this.committing) return;
    this.committing = true;
    this.disk.dirty();
  }

  private set(table: string, key: string, record: StateRecord): void {
    this.sum = changedDigest(this.sum, this.record(table, key), record);
    tableOf(this.current, table).set(key, record);
  }

  private record(table: string, key: string): StateRecord {
    for (const layer of [this.current, this.frozen, this.stored.tables]) {
      const record = layer?.get(table)?.get(key);
      if (record !== undefined) return record;
    }
    return null;
  }
}
