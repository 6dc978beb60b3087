import { invariant } from '@sinkron/invariant';
import type { SnapshotPoint, SnapshotSink, SnapshotSource } from '@sinkron/consensus';
import type { Prng } from '../random/prng.js';
import type { World } from '../world/world.js';
import { DiskFailure } from './disk-failure.js';
import type { DiskOptions } from './disk-options.js';
import { rowsOf, StagedState, StateSource, type SnapshotRow } from './state-snapshot.js';
import { NOTHING_STORED, tableOf, type StateRecord, type StoredState } from './state-tables.js';
import { StateView, type FrozenChanges } from './state-view.js';

/** Snapshots in a thousand that are the state after a crash in the moment of the switch. */
const REPLACED_PERMILLE = 700;

/** Something that changes the disk as a whole, or not at all. */
interface DiskTask {
  /** @returns what the disk will have, or null when there is nothing to do. */
  begin(): StoredState | null;
  /** The process hears of it. */
  done(stored: StoredState): void;
}

/** The state tables of one group on one machine, as they are found after a crash. */
export class StateDisk {
  /** Told that the first part of a snapshot has come, and that one is about to become the state. */
  onReceiving: () => void = () => {};
  onReplacing: () => void = () => {};
  /** Told of a commit that failed: the process must stop. */
  onFailed: (failure: DiskFailure) => void = () => {};
  protected stored: StoredState = NOTHING_STORED;
  private view: StateView | null = null;
  /** Runs something on a turn of the process that has the disk open. */
  private turn: (run: () => void) => void = () => {};
  private tasks: DiskTask[] = [];
  private underWay: StoredState | null = null;
  /** Counts processes, so that what one of them began ends with it. */
  private opened = 0;
  private readonly staging = new Set<StagedState>();
  /** The next commit fails. */
  private failing = false;
  /** Records whose bytes have changed since they were written. */
  private readonly flipped = new Set<StateRecord>();

  constructor(
    protected readonly world: World,
    private readonly random: Prng,
    private options: DiskOptions,
  ) {}

  /**
   * The state as a process that starts now finds it.
   *
   * @param turn runs something on a turn of the process. @param drained called after each commit.
   */
  open(turn: (run: () => void) => void, drained: () => void): StateView {
    this.opened += 1;
    this.turn = turn;
    const { stored, options, world } = this;
    const view: StateView = new StateView(stored, options.unflushedEntriesMax, world, {
      dirty: () => this.commitLater(view, drained),
      openSnapshot: () => this.openSnapshot(),
      beginInstall: (point) => this.beginInstall(view, point),
      verify: (record) => this.verify(record),
    });
    this.view = view;
    return view;
  }

  /** Whether a record on it is not what was written: a replica with it does not count any more. */
  get corrupted(): boolean {
    return this.flipped.size > 0 && this.records().some((record) => this.flipped.has(record));
  }

  /** Lets the next commit fail. */
  failOnce(): void {
    this.failing = true;
  }

  /** Bytes at rest change. @returns whether there was something to change. */
  flip(): boolean {
    const records = this.records().filter((record) => record !== null);
    if (records.length === 0) return false;
    this.flipped.add(this.random.pick(records));
    return true;
  }

  /** Snapshots come through from now on, and commits; what is corrupted stays so. */
  heal(): void {
    this.failing = false;
    const healed = { stageUsMax: 5000, snapshotExpiryUs: 60_000_000, readersExhaustedPermille: 0 };
    this.options = { ...this.options, ...healed };
  }

  /** Whether a snapshot is on its way to this disk. */
  get installing(): boolean {
    return [...this.staging].some((staged) => staged.begun);
  }

  /** How far the running process has applied the log. */
  protected get appliedIndexInMemory(): number {
    return this.view?.appliedIndex ?? this.stored.appliedIndex;
  }

  /** Power is cut: what was not committed is gone; the log or a leader brings it again. */
  crash(): void {
    const { underWay, view, world } = this;
    const replacing = underWay !== null && underWay.installed !== this.stored.installed;
    const survivePermille = replacing ? REPLACED_PERMILLE : this.options.survivePermille;
    const survives = underWay !== null && this.random.permille(survivePermille);
    // The log does not know of it yet.
    if (survives && replacing) world.met('snapshot outlived a crash');
    if (survives) this.stored = underWay;
    if (this.installing && !survives) world.met('snapshot interrupted by a crash');
    if (view !== null && view.appliedIndex > this.stored.appliedIndex) {
      world.met('applied state lost by a crash');
    }
    this.opened += 1;
    this.tasks = [];
    this.underWay = null;
    this.staging.clear();
    this.view = null;
  }

  /** The records that a snapshot shows. */
  protected snapshotRows(stored: StoredState): SnapshotRow[] {
    for (const record of this.records()) this.verify(record);
    return rowsOf(stored);
  }

  private records(): readonly StateRecord[] {
    return [...this.stored.tables.values()].flatMap((records) => [...records.values()]);
  }

  /** @throws DiskFailure when the record does not match its checksum. */
  private verify(record: StateRecord): void {
    if (this.flipped.has(record)) throw new DiskFailure('corruption', 'a record of the state');
  }

  private commitLater(view: StateView, drained: () => void): void {
    const { opened } = this;
    this.world.schedule(this.options.stateIntervalUs, () => {
      if (this.opened !== opened) return;
      this.add({
        begin: () => (view.appliedIndex === view.flushedIndex ? null : this.merged(view.freeze())),
        done: (stored) => {
          view.release(stored);
          drained();
        },
      });
    });
  }

  private openSnapshot(): SnapshotSource | null {
    const { stored, options, world } = this;
    if (stored.appliedIndex === 0 || this.random.permille(options.readersExhaustedPermille)) {
      return null;
    }
    const { opened } = this;
    const expiresUs = world.nowUs + options.snapshotExpiryUs;
    return new StateSource(stored, this.snapshotRows(stored), options.snapshotPartBytes, () => {
      return this.opened === opened && world.nowUs > expiresUs;
    });
  }

  private beginInstall(view: StateView, point: SnapshotPoint): SnapshotSink {
    const staged = new StagedState(point);
    const { opened, world } = this;
    let open = true;
    this.staging.add(staged);
    return {
      write: (part, written) => {
        invariant(open, 'StateDisk: parts come before the end', { index: point.index });
        if (!staged.begun) this.onReceiving();
        staged.add(part);
        // What is healed is healed for a snapshot that is under way too.
        world.schedule(this.random.integer(100, this.options.stageUsMax), () => {
          if (this.opened !== opened) return;
          this.turn(() => {
            if (open) written();
          });
        });
      },
      finish: (done) => {
        invariant(open, 'StateDisk: an install ends once', { index: point.index });
        const stored = staged.finished();
        open = false;
        this.add({
          begin: () => stored,
          done: () => {
            this.staging.delete(staged);
            view.replace(stored, point);
            world.met('snapshot installed');
            done();
          },
        });
      },
      abort: () => {
        if (open && staged.begun) world.met('snapshot given up');
        if (open) this.staging.delete(staged);
        open = false;
      },
    };
  }

  /** What the disk will have with the changes. */
  private merged({ changes, appliedIndex, appliedTerm, digest }: FrozenChanges): StoredState {
    const tables = new Map(this.stored.tables);
    for (const [name, records] of changes) {
      const table = new Map(tableOf(tables, name));
      for (const [key, record] of records) {
        if (record === null) table.delete(key);
        else table.set(key, record);
      }
      tables.set(name, table);
    }
    return { tables, appliedIndex, appliedTerm, digest, installed: this.stored.installed };
  }

  /** One after the other, as the disk has one lane for them. */
  private add(task: DiskTask): void {
    this.tasks.push(task);
    if (this.tasks.length === 1) this.beginNext();
  }

  private beginNext(): void {
    const [task] = this.tasks;
    if (task === undefined) return;
    const stored = task.begin();
    if (stored === null) {
      this.tasks.shift();
      return this.beginNext();
    }
    this.underWay = stored;
    if (stored.installed !== this.stored.installed) this.onReplacing();
    const { opened } = this;
    this.world.schedule(this.random.integer(500, 20_000), () => {
      if (this.opened !== opened) return;
      if (this.failing) {
        this.failing = false;
        return this.onFailed(new DiskFailure('error', 'the state could not be written'));
      }
      this.stored = stored;
      this.underWay = null;
      // A process that is stopped goes on with the next one when it wakes.
      this.turn(() => {
        this.tasks.shift();
        task.done(stored);
        this.beginNext();
      });
    });
  }
}
