import type { GroupState } from '@sinkron/consensus';
import type { Prng } from '../random/prng.js';
import { Digest, DIGEST_SPAN } from '../world/digest.js';
import type { World } from '../world/world.js';
import type { DiskOptions } from './disk-options.js';

/** A record and its digest; null when it was removed. */
type StateRecord = { readonly value: Uint8Array; readonly digest: number } | null;
type Tables = Map<string, Map<string, StateRecord>>;

/** What one commit brings to the disk: whole entries, with the index of the last of them. */
interface StateCommit {
  readonly changes: Tables;
  readonly appliedIndex: number;
  readonly digest: number;
  lost: boolean;
}

/** The state tables of one group on one machine, as they are found after a crash. */
export class StateDisk {
  protected tables: Tables = new Map();
  protected appliedIndex = 0;
  protected digest = 0;
  private view: StateView | null = null;
  private committing: StateCommit | null = null;

  constructor(
    protected readonly world: World,
    private readonly random: Prng,
    private readonly options: DiskOptions,
  ) {}

  /** The state as a process that starts now finds it. @param drained called after each commit. */
  open(drained: () => void): StateView {
    const { tables, appliedIndex, digest } = this;
    const { unflushedEntriesMax } = this.options;
    const start = { appliedIndex, digest, unflushedEntriesMax };
    const view = new StateView(tables, start, this.world, () => this.commitLater(view, drained));
    this.view = view;
    return view;
  }

  /** How far the running process has applied the log. */
  protected get appliedIndexInMemory(): number {
    return this.view?.appliedIndex ?? this.appliedIndex;
  }

  /** Power is cut: what was not committed is gone; the log will replay it. */
  crash(): void {
    const { committing, view } = this;
    if (committing !== null) {
      committing.lost = true;
      if (this.random.permille(this.options.survivePermille)) this.store(committing);
    }
    if (view !== null && view.appliedIndex > this.appliedIndex) {
      this.world.met('applied state lost by a crash');
    }
    this.committing = null;
    this.view = null;
  }

  protected store(commit: StateCommit): void {
    for (const [name, changes] of commit.changes) {
      const table = tableOf(this.tables, name);
      for (const [key, record] of changes) {
        if (record === null) table.delete(key);
        else table.set(key, record);
      }
    }
    this.appliedIndex = commit.appliedIndex;
    this.digest = commit.digest;
  }

  private commitLater(view: StateView, drained: () => void): void {
    this.world.schedule(this.options.stateIntervalUs, () => {
      if (this.view !== view) return;
      const commit: StateCommit = { ...view.freeze(), lost: false };
      this.committing = commit;
      this.world.schedule(this.random.integer(500, 20_000), () => {
        if (commit.lost) return;
        this.committing = null;
        this.store(commit);
        view.release(commit.appliedIndex);
        drained();
      });
    });
  }
}

/** What is known of the state when it is opened. */
interface StateStart {
  readonly appliedIndex: number;
  readonly digest: number;
  readonly unflushedEntriesMax: number;
}

/** The tables as a process sees them: its own changes over those on their way over the disk. */
export class StateView implements GroupState {
  /** Called when an entry's changes are complete. */
  onApplied: (index: number, digest: number) => void = () => {};
  private current: Tables = new Map();
  private frozen: Tables | null = null;
  private applied: number;
  private flushed: number;
  private sum: number;
  private committing = false;

  constructor(
    private readonly stored: Tables,
    private readonly start: StateStart,
    private readonly world: World,
    private readonly dirty: () => void,
  ) {
    this.applied = start.appliedIndex;
    this.flushed = start.appliedIndex;
    this.sum = start.digest;
  }

  get appliedIndex(): number {
    return this.applied;
  }

  get saturated(): boolean {
    const saturated = this.applied - this.flushed >= this.start.unflushedEntriesMax;
    if (saturated) this.world.met('applying paused by a saturated state');
    return saturated;
  }

  /** Over all records; equal contents give equal digests. */
  get digest(): number {
    return this.sum;
  }

  get(table: string, key: string): Uint8Array | undefined {
    return this.record(table, key)?.value;
  }

  put(table: string, key: string, value: Uint8Array): void {
    const copy = Uint8Array.from(value);
    const digest = new Digest().text(table).text(key).bytes(copy).value;
    this.set(table, key, { value: copy, digest });
  }

  remove(table: string, key: string): void {
    if (this.record(table, key) !== null) this.set(table, key, null);
  }

  *range(table: string, from = ''): IterableIterator<readonly [key: string, value: Uint8Array]> {
    const layers = [this.stored, this.frozen, this.current];
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

  markApplied(index: number, _term: number): void {
    this.applied = index;
    this.onApplied(index, this.sum);
    if (this.committing) return;
    this.committing = true;
    this.dirty();
  }

  /** Takes the changes so far; whole entries, for it happens between two events. */
  freeze(): { changes: Tables; appliedIndex: number; digest: number } {
    const changes = this.current;
    this.frozen = changes;
    this.current = new Map();
    return { changes, appliedIndex: this.applied, digest: this.sum };
  }

  /** What was frozen is on the disk. */
  release(appliedIndex: number): void {
    this.frozen = null;
    this.flushed = appliedIndex;
    this.committing = this.applied > appliedIndex;
    if (this.committing) this.dirty();
  }

  private set(table: string, key: string, record: StateRecord): void {
    const before = this.record(table, key)?.digest ?? 0;
    const after = record?.digest ?? 0;
    this.sum = (((this.sum + after) % DIGEST_SPAN) - before + DIGEST_SPAN) % DIGEST_SPAN;
    tableOf(this.current, table).set(key, record);
  }

  private record(table: string, key: string): StateRecord {
    for (const layer of [this.current, this.frozen, this.stored]) {
      const record = layer?.get(table)?.get(key);
      if (record !== undefined) return record;
    }
    return null;
  }
}

function tableOf(tables: Tables, name: string): Map<string, StateRecord> {
  let table = tables.get(name);
  if (table === undefined) {
    table = new Map();
    tables.set(name, table);
  }
  return table;
}
