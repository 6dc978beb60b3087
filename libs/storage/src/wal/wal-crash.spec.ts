import { CrashingDisk } from '../test-support/crashing-disk.js';
import { ManualTimers } from '../test-support/manual-timers.js';
import { MemoryStore } from '../test-support/memory-store.js';
import { temporaryFolders } from '../test-support/temporary-folder.js';
import { createWal } from './wal-recovery.js';
import { WriteAheadLog } from './write-ahead-log.js';

const REPLICA_ID = '0123456789abcdef0123456789abcdef';
/** Room for some ten records: files are turned every few commits. */
const FILE_BYTES = 24 * 1024;
const SEEDS = 12;
const CRASHES = 90;

/** Numbers from 0 to 1 that depend on the seed only. */
function randomOf(seed: number): () => number {
  let state = seed + 1;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

type Entries = Readonly<Record<string, string>>;

/** One machine that is switched off again and again. */
class Machine {
  private readonly store: MemoryStore;
  /** What has been promised, and what may be there besides: the change under way at the crash. */
  private promised: Entries = {};
  private possible: Entries | undefined;
  private count = 0;

  constructor(
    folder: string,
    private readonly random: () => number,
  ) {
    this.store = new MemoryStore(folder);
    createWal(folder, REPLICA_ID, FILE_BYTES);
  }

  /** Starts, looks what is there, writes, and loses its power. */
  async live(): Promise<void> {
    const { random, store } = this;
    const timers = new ManualTimers();
    let crashed = false as boolean;
    const disk = new CrashingDisk(random, () => (crashed = true));
    const wal = this.open(disk, timers);
    this.check();
    wal.begin();
    disk.crashAfter(Math.floor(random() * 40));
    for (;;) {
      const next = { ...this.promised };
      const changes = this.change(next);
      this.possible = next;
      let committed = false;
      void wal.commit(changes).then(() => (committed = true));
      if (random() < 0.3) timers.fire();
      for (let turn = 1; !committed && !crashed; turn++) {
        await new Promise(setImmediate);
        // A commit that waits for a file waits for the absorber.
        if (turn % 8 === 0) timers.fire();
      }
      if (crashed) break;
      this.promised = next;
      this.possible = undefined;
    }
    // What is on its way into the database gets there, or not.
    for (const commit of store.commits.splice(0)) if (random() < 0.5) commit.apply();
    wal.closeNow();
  }

  /** A start that may be interrupted too, before or after the database has taken what it replays. */
  private open(disk: CrashingDisk, timers: ManualTimers): WriteAheadLog {
    const { store, random } = this;
    const { tables, metaTable } = store;
    const options = { store, replicaId: REPLICA_ID, tables, metaTable, timers, disk };
    store.onSync = (apply) => {
      const chance = random();
      if (chance > 0.2) apply();
      if (chance < 0.4) throw new Error('the power fails');
    };
    for (;;) {
      try {
        return WriteAheadLog.open(options);
      } catch (error) {
        if (!(error instanceof Error && error.message === 'the power fails')) throw error;
      }
    }
  }

  private check(): void {
    const { entries } = this.store;
    const found = JSON.stringify(entries);
    const allowed = [this.promised, ...(this.possible ? [this.possible] : [])].map((expected) =>
      JSON.stringify(sorted(expected)),
    );
    expect(allowed).toContain(found);
    this.promised = entries;
    this.possible = undefined;
  }

  private change(next: Record<string, string>): Parameters<WriteAheadLog['commit']>[0] {
    const { random, store } = this;
    const table = store.entriesTable;
    const largest = random() < 0.03 ? FILE_BYTES : 2_500;
    return Array.from({ length: 1 + Math.floor(random() * 3) }, () => {
      const name = `key ${Math.floor(random() * 12)}`;
      const key = Buffer.from(name);
      if (random() < 0.25) {
        delete next[name];
        return { table, key, value: null };
      }
      const fill = random() < 0.3 ? '\0' : 'x';
      const value = `${++this.count} ${fill.repeat(Math.floor(random() * largest))}`;
      next[name] = value;
      return { table, key, value: Buffer.from(value) };
    });
  }
}

function sorted(entries: Entries): Entries {
  return Object.fromEntries(Object.entries(entries).sort(([a], [b]) => (a < b ? -1 : 1)));
}

describe('A write-ahead log on a machine that loses its power', () => {
  const folder = temporaryFolders();

  it.each(Array.from({ length: SEEDS }, (_, seed) => seed))(
    'has every promise at every start, and of the rest all or nothing (seed %i)',
    async (seed) => {
      const machine = new Machine(folder(), randomOf(seed));
      for (let crash = 0; crash < CRASHES; crash++) await machine.live();
    },
    60_000,
  );
});
