import { cpSync } from 'node:fs';
import * as fc from 'fast-check';
import { CommitQueue } from '../environment/commit-queue.js';
import { Environment } from '../environment/environment.js';
import { ManualTimers } from '../test-support/manual-timers.js';
import { temporaryFolders } from '../test-support/temporary-folder.js';
import { absorbedChange } from '../wal/absorber.js';
import { createWal } from '../wal/wal-recovery.js';
import { WriteAheadLog } from '../wal/write-ahead-log.js';
import type { LogEntryRecord } from './log-entry-record.js';
import { LogStore, type GroupWrite, type LoadedGroup } from './log-store.js';

const REPLICA_ID = '5'.repeat(32);
/** Some thirty small writes, fewer large ones: files are turned, and some writes fit into none. */
const WAL_FILE_BYTES = 40 * 1024;
const GROUPS = ['a', 'b', 'c'];
const UNLIMITED = Number.MAX_SAFE_INTEGER;

/** A log as it should be: simple, and all in memory. */
interface Model {
  header: LoadedGroup;
  entries: LogEntryRecord[];
}

const EMPTY = {
  hardState: { term: 0, votedFor: null },
  baseIndex: 0,
  baseTerm: 0,
  baseTimeMs: 0,
  lastIndex: 0,
};

/** A store over a write-ahead log over LMDB, whose absorber runs when the test says so. */
class Disk {
  readonly log: LogStore;

  private constructor(
    readonly path: string,
    private readonly environment: Environment,
    private readonly wal: WriteAheadLog,
    private readonly queue: CommitQueue,
    readonly timers: ManualTimers,
  ) {
    this.log = new LogStore(environment, queue, wal.unabsorbed);
  }

  static open(path: string, made = true): Disk {
    const environment = Environment.open({
      path,
      mapBytes: 64 * 1024 ** 2,
      tables: ['meta', 'entries'],
    });
    const metaTable = environment.table('meta');
    if (!made) {
      createWal(path, REPLICA_ID, WAL_FILE_BYTES);
      environment.commitSync([absorbedChange(metaTable, 0)]);
    }
    const tables = [metaTable, environment.table('entries')];
    const timers = new ManualTimers();
    const wal = WriteAheadLog.open({
      store: environment,
      replicaId: REPLICA_ID,
      tables,
      metaTable,
      timers,
    });
    wal.begin();
    return new Disk(path, environment, wal, new CommitQueue(wal), timers);
  }

  async close(): Promise<void> {
    await this.queue.close();
    await this.wal.close();
    await this.environment.close();
  }
}

type Step =
  | { kind: 'write'; writes: Intention[]; waits: boolean }
  | { kind: 'absorb'; waits: boolean }
  | { kind: 'restart' | 'crash' };

/** What a write should do to a group, whatever is in it: places are shares of what there is. */
interface Intention {
  readonly group: string;
  readonly vote: string | null | undefined;
  readonly truncateAt: number | undefined;
  readonly sizes: readonly number[];
  readonly compactAt: number | undefined;
}

const share = fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: undefined, freq: 3 });
const intention: fc.Arbitrary<Intention> = fc.record({
  group: fc.constantFrom(...GROUPS),
  vote: fc.constantFrom(undefined, null, 'node1', 'node2'),
  truncateAt: share,
  sizes: fc.array(
    fc.oneof({ weight: 30, arbitrary: fc.nat(900) }, { weight: 1, arbitrary: fc.nat(60_000) }),
    { maxLength: 5 },
  ),
  compactAt: share,
});
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constant('write' as const),
      writes: fc.uniqueArray(intention, { selector: ({ group }) => group, maxLength: 3 }),
      waits: fc.boolean(),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('absorb' as const), waits: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('restart' as const, 'crash') }) },
);

/** Turns an intention into a write that a group in this state takes, and makes it in the model. */
function writeOf(model: Model, intended: Intention, count: number): GroupWrite {
  const { group, vote, truncateAt, sizes, compactAt } = intended;
  let { hardState, baseIndex, baseTerm, baseTimeMs, lastIndex } = model.header;
  if (vote !== undefined) hardState = { term: count, votedFor: vote };
  const from = baseIndex + 1 + Math.floor((truncateAt ?? 1) * (lastIndex - baseIndex));
  const truncateFrom = truncateAt === undefined ? undefined : from;
  if (truncateFrom !== undefined) {
    model.entries = model.entries.filter(({ index }) => index < truncateFrom);
    lastIndex = Math.min(lastIndex, truncateFrom - 1);
  }
  const entries = sizes.map((size, at) => ({
    index: lastIndex + 1 + at,
    term: count,
    kind: count % 256,
    timeMs: count + at / 8,
    data: Buffer.alloc(size, count),
  }));
  model.entries.push(...entries);
  lastIndex += entries.length;
  let compactThrough: GroupWrite['compactThrough'];
  if (compactAt !== undefined) {
    const index =
      baseIndex + Math.ceil(compactAt * (lastIndex - baseIndex)) + (count % 11 === 0 ? 9 : 0);
    compactThrough = { index, term: count, timeMs: count / 4 };
    [baseIndex, baseTerm, baseTimeMs] = [index, count, count / 4];
    model.entries = model.entries.filter((entry) => entry.index > index);
    lastIndex = Math.max(lastIndex, index);
  }
  model.header = { hardState, baseIndex, baseTerm, baseTimeMs, lastIndex };
  return {
    group,
    entries,
    ...(vote !== undefined && { hardState }),
    ...(truncateFrom !== undefined && { truncateFrom }),
    ...(compactThrough && { compactThrough }),
  };
}

function check(log: LogStore, models: ReadonlyMap<string, Model>): void {
  for (const [group, { header, entries }] of models) {
    expect(log.load(group)).toEqual(header);
    const found = log.entries(group, header.baseIndex + 1, header.lastIndex + 3, UNLIMITED);
    expect(found.map(textOf)).toEqual(entries.map(textOf));
    for (const { index, term } of entries) expect(log.term(group, index)).toBe(term);
  }
}

/** An entry as a line: many megabytes are compared. */
function textOf({ index, term, kind, timeMs, data }: LogEntryRecord): string {
  return `${index} ${term} ${kind} ${timeMs} ${data.length} ${data.at(-1)}`;
}

describe('LogStore next to a model', () => {
  const folder = temporaryFolders();

  async function run(steps: readonly Step[]): Promise<void> {
    let disk = Disk.open(folder(), false);
    const models = new Map(GROUPS.map((group) => [group, { header: EMPTY, entries: [] } as Model]));
    let written: Promise<void> = Promise.resolve();
    let count = 0;
    for (const one of steps) {
      switch (one.kind) {
        case 'write': {
          const writes = one.writes.map((intended) =>
            writeOf(
              models.get(intended.group) ?? { header: EMPTY, entries: [] },
              intended,
              ++count,
            ),
          );
          written = disk.log.write(writes);
          if (!one.waits) continue;
          break;
        }
        case 'absorb':
          disk.timers.fire();
          if (one.waits) await new Promise(setImmediate);
          break;
        case 'restart':
          await disk.close();
          disk = Disk.open(disk.path);
          break;
        case 'crash': {
          await written;
          const copy = folder();
          cpSync(disk.path, copy, { recursive: true });
          await disk.close();
          disk = Disk.open(copy);
        }
      }
      const timer = setInterval(() => disk.timers.fire(), 5);
      await written;
      clearInterval(timer);
      check(disk.log, models);
    }
    await disk.close();
  }

  it('answers the same after any writes, absorbed or not, restarts and crashes', async () => {
    await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 60 }), run), {
      numRuns: 30,
      endOnFailure: true,
      seed: 20_261_121,
    });
  }, 120_000);
});
