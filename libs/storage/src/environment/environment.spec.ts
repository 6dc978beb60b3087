import { InvariantViolation } from '@sinkron/invariant';
import { temporaryFolders } from '../test-support/temporary-folder.js';
import { StorageFullError } from '../errors.js';
import { UnabsorbedChanges } from '../wal/unabsorbed-changes.js';
import { LogStore } from '../log/log-store.js';
import { logEntries } from '../test-support/log-entries.js';
import { CommitQueue } from './commit-queue.js';
import { Environment } from './environment.js';

const MAP_BYTES = 4 * 1024 ** 2;

describe('Environment', () => {
  const folder = temporaryFolders();
  let environment: Environment;
  beforeEach(() => {
    environment = Environment.open({
      path: folder(),
      mapBytes: MAP_BYTES,
      tables: ['entries', 'meta'],
    });
  });
  afterEach(() => environment.close());

  it('counts live pages and not those that were freed', async () => {
    const table = environment.table('entries');
    const keys = Array.from({ length: 100 }, (_, at) => Buffer.from([1, at]));
    const before = environment.usedBytes;
    const value = Buffer.alloc(4_000);
    await environment.commit(keys.map((key) => ({ table, key, value })));
    const used = environment.usedBytes;
    expect(used - before).toBeGreaterThan(100 * 4_000);
    await environment.commit(keys.map((key) => ({ table, key, value: null })));
    expect(environment.usedBytes).toBeLessThan(before + 20 * 4_096);
  });

  it('counts what it is told to expect', () => {
    let expected = 0;
    environment.expect(() => expected);
    expect([environment.full, environment.exhausted]).toEqual([false, false]);
    expected = 0.92 * MAP_BYTES;
    expect([environment.full, environment.exhausted]).toEqual([true, false]);
    expected = MAP_BYTES;
    expect([environment.full, environment.exhausted]).toEqual([true, true]);
  });

  it('takes one commit at a time', async () => {
    const table = environment.table('meta');
    const change = { table, key: Buffer.from('k'), value: Buffer.from('v') };
    const first = environment.commit([change]);
    await expect(environment.commit([change])).rejects.toThrow(InvariantViolation);
    await first;
    await environment.commit([change]);
  });

  it('is full at 90 % of the map, and refuses entries at 97 %, but no vote and no compaction', async () => {
    const log = new LogStore(environment, new CommitQueue(environment), new UnabsorbedChanges());
    let last = 0;
    let fullAtBytes: number | undefined;
    const fill = async (): Promise<void> => {
      const entries = logEntries(last + 1, last + 10).map((entry) => ({
        ...entry,
        data: Buffer.alloc(2_000),
      }));
      await log.write([{ group: 'g', entries }]);
      last += 10;
    };
    await expect(
      (async () => {
        for (;;) {
          await fill();
          fullAtBytes ??= log.full ? environment.usedBytes : undefined;
        }
      })(),
    ).rejects.toThrow(StorageFullError);
    expect(log.full).toBe(true);
    expect(fullAtBytes).toBeGreaterThan(0.9 * MAP_BYTES);
    expect(fullAtBytes).toBeLessThan(0.97 * MAP_BYTES);
    expect(environment.usedBytes).toBeGreaterThan(0.97 * MAP_BYTES);
    expect(environment.usedBytes).toBeLessThan(MAP_BYTES);

    await log.write([{ group: 'g', hardState: { term: 9, votedFor: 'x' }, entries: [] }]);
    await log.write([
      { group: 'g', entries: [], compactThrough: { index: last - 5, term: 1, timeMs: 9.5 } },
    ]);
    expect(log.full).toBe(false);
    await fill();
    expect(log.load('g')).toMatchObject({ hardState: { term: 9 }, lastIndex: last });
  });
});
