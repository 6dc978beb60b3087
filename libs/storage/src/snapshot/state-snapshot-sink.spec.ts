import { InvariantViolation } from '@sinkron/invariant';
import { DataDirectory } from '../directory/data-directory.js';
import { CorruptionError, MalformedError } from '../errors.js';
import { SCRAP_RECORDS_PER_COMMIT, STATE_OVERLAY_BYTES_MAX } from '../limits.js';
import { logEntries } from '../test-support/log-entries.js';
import { ManualTimers } from '../test-support/manual-timers.js';
import { editRaw } from '../test-support/raw-record.js';
import { finished, partsOf, swept, tableOf, writeAll, written } from '../test-support/snapshots.js';
import { decodePart } from './snapshot-part.js';
import { temporaryFolders } from '../test-support/temporary-folder.js';

const POINT = { index: 300, term: 7, timeMs: 1_700_000_000_123.5 };

describe('StateSnapshotSink', () => {
  const folder = temporaryFolders();
  let path: string;
  let timers: ManualTimers;
  let directory: DataDirectory;
  let snapshot: readonly Uint8Array[];
  const open = (): void => {
    timers = new ManualTimers();
    directory = DataDirectory.open(path, { nodeId: 'node1' }, { timers });
  };
  const reopen = async (): Promise<void> => {
    await directory.close();
    open();
  };

  /** The parts of a snapshot at `POINT` of another node: `count` records of table `t`. */
  async function made(count: number, value = 'new', bytesMax = 500): Promise<Uint8Array[]> {
    const other = DataDirectory.open(folder(), { nodeId: 'node2' });
    await other.log.write([{ group: 'g', entries: logEntries(1, POINT.index, POINT.term) }]);
    const store = other.state.group('g');
    for (let at = 0; at < count; at++)
      store.put('t', `k${String(at).padStart(6, '0')}`, Buffer.from(value));
    store.markApplied(POINT.index, POINT.term);
    await other.state.flush();
    const source = other.state.openSnapshot('g');
    const parts = source ? partsOf(source, bytesMax) : [];
    await other.close();
    return parts;
  }
  const newTable = (count: number): [string, string][] =>
    Array.from({ length: count }, (_, at) => [`k${String(at).padStart(6, '0')}`, 'new']);
  const oldTable = [
    ['k000001', 'old'],
    ['old', 'old'],
  ];
  const progress = (): unknown => {
    const group = directory.state.group('g');
    return {
      applied: group.appliedIndex,
      term: group.appliedTerm,
      flushed: group.flushedIndex,
      installed: group.installed,
    };
  };
  const reset = (): Promise<void> =>
    directory.log.write([{ group: 'g', entries: [], compactThrough: POINT }]);
  /** All keys of the records table, by their ordinal. */
  const ordinals = (): Record<number, number> => {
    const { disk } = directory.state as unknown as {
      disk: { records: { getKeys(range: object): Iterable<Buffer> } };
    };
    const counts: Record<number, number> = {};
    for (const key of disk.records.getKeys({})) {
      const ordinal = key.readUInt16BE(0);
      counts[ordinal] = (counts[ordinal] ?? 0) + 1;
    }
    return counts;
  };

  beforeAll(async () => {
    snapshot = await made(100);
  });

  beforeEach(async () => {
    path = folder();
    open();
    await directory.log.write([
      { group: 'g', entries: logEntries(1, 50) },
      { group: 'h', entries: logEntries(1, 50) },
    ]);
    const group = directory.state.group('g');
    group.put('t', 'old', Buffer.from('old'));
    group.put('t', 'k000001', Buffer.from('old'));
    group.markApplied(20, 1);
    directory.state.group('h').put('t', 'other', Buffer.from('other'));
    directory.state.group('h').markApplied(20, 1);
    await directory.state.flush();
  });
  afterEach(() => directory.close().catch(() => undefined));

  it('replaces the state of one group as a whole, in memory and on the disk', async () => {
    const sink = directory.state.beginInstall('g', POINT);
    await writeAll(sink, snapshot);
    expect(tableOf(directory, 'g', 't')).toEqual(oldTable);
    expect(progress()).toEqual({ applied: 20, term: 1, flushed: 20, installed: null });
    await finished(sink);
    const after = { applied: 300, term: 7, flushed: 300, installed: POINT };
    for (const again of [false, true]) {
      if (again) await reopen();
      expect(tableOf(directory, 'g', 't')).toEqual(newTable(100));
      expect(directory.state.group('g').get('t', 'old')).toBeUndefined();
      expect(progress()).toEqual(after);
      expect(tableOf(directory, 'h', 't')).toEqual([['other', 'other']]);
      await swept(directory);
      expect(ordinals()).toEqual({ 1: 2, 2: 102 });
      if (!again) await reset();
    }
  });

  it('makes a group that the disk did not know, be its state empty', async () => {
    const empty = await made(0);
    const sink = directory.state.beginInstall('new', POINT);
    await writeAll(sink, empty);
    await finished(sink);
    await directory.log.write([{ group: 'new', entries: [], compactThrough: POINT }]);
    await reopen();
    const group = directory.state.group('new');
    expect([group.appliedIndex, group.flushedIndex, group.installed]).toEqual([300, 300, POINT]);
    expect(tableOf(directory, 'new', 't')).toEqual([]);
  });

  it('goes on from the snapshot as from any state', async () => {
    const sink = directory.state.beginInstall('g', POINT);
    await writeAll(sink, snapshot);
    await finished(sink);
    await reset();
    await directory.log.write([{ group: 'g', entries: logEntries(301, 310, 7) }]);
    const group = directory.state.group('g');
    group.put('t', 'k000000', Buffer.from('newer'));
    group.remove('t', 'k000001');
    group.markApplied(301, 7);
    await directory.state.flush();
    await reopen();
    expect(progress()).toEqual({ applied: 301, term: 7, flushed: 301, installed: POINT });
    expect(tableOf(directory, 'g', 't')).toEqual([['k000000', 'newer'], ...newTable(100).slice(2)]);
    const source = directory.state.openSnapshot('g');
    expect([source?.index, source?.term]).toEqual([301, 7]);
    source?.close();
  });

  it('drops changes that are not flushed, and those of a commit under way reach the old state only', async () => {
    const group = directory.state.group('g');
    const sink = directory.state.beginInstall('g', POINT);
    await writeAll(sink, snapshot);
    group.put('t', 'in a commit', Buffer.from('old'));
    group.markApplied(21, 1);
    directory.state.group('h').put('t', 'in a commit', Buffer.from('kept'));
    directory.state.group('h').markApplied(21, 1);
    timers.fire();
    group.put('t', 'behind the commit', Buffer.alloc(STATE_OVERLAY_BYTES_MAX + 1));
    group.markApplied(22, 1);
    expect(directory.state.saturated).toBe(true);
    let drained = 0;
    directory.state.onDrained(() => drained++);
    const walk = group.range('t');
    expect(walk.next().value?.[0]).toBe('behind the commit');
    await finished(sink);
    expect(walk.next().value?.[0]).toBe('k000000');
    expect([directory.state.saturated, drained]).toEqual([false, 1]);
    expect(tableOf(directory, 'g', 't')).toEqual(newTable(100));
    await directory.state.flush();
    await swept(directory);
    expect(ordinals()).toEqual({ 1: 3, 2: 102 });
    await reopen();
    expect(tableOf(directory, 'g', 't')).toEqual(newTable(100));
    expect(tableOf(directory, 'h', 't')).toEqual([
      ['in a commit', 'kept'],
      ['other', 'other'],
    ]);
  });

  it('commits other groups while parts are staged', async () => {
    const sink = directory.state.beginInstall('g', POINT);
    for (const [at, part] of snapshot.entries()) {
      const staged = written(sink, part);
      directory.state.group('h').put('t', 'other', Buffer.from(String(at)));
      directory.state.group('h').markApplied(21 + at, 1);
      await Promise.all([staged, directory.state.flush()]);
    }
    expect(directory.state.group('h').flushedIndex).toBe(20 + snapshot.length);
    await finished(sink);
    expect(tableOf(directory, 'g', 't')).toEqual(newTable(100));
  });

  it('refuses what is no part and takes the right one afterwards', async () => {
    const [first, second, third, ...rest] = snapshot;
    if (!first || !second || !third) throw new Error('too few parts');
    const sink = directory.state.beginInstall('g', POINT);
    const refused = (part: Uint8Array): void => {
      expect(() => sink.write(part, () => undefined)).toThrow(MalformedError);
    };
    refused(second);
    refused(Buffer.from(''));
    await written(sink, first);
    refused(first);
    refused(third);
    const damaged = Buffer.from(second);
    damaged.writeUInt8(damaged.readUInt8(40) ^ 1, 40);
    refused(damaged);
    await writeAll(sink, [second, third]);
    expect(() => sink.finish(() => undefined)).toThrow(MalformedError);
    await writeAll(sink, rest.slice(0, -1));
    expect(() => sink.finish(() => undefined)).toThrow('the last part of the snapshot is missing');
    await writeAll(sink, rest.slice(-1));
    await finished(sink);
    expect(tableOf(directory, 'g', 't')).toEqual(newTable(100));
  });

  it('refuses the parts of another snapshot', () => {
    const sink = directory.state.beginInstall('g', { ...POINT, term: 8 });
    const [first] = snapshot;
    expect(() => sink.write(first ?? Buffer.from(''), () => undefined)).toThrow(MalformedError);
    sink.abort();
  });

  it('leaves nothing of an install that is given up, at any part', async () => {
    for (const count of [0, 1, 3]) {
      const sink = directory.state.beginInstall('g', POINT);
      await writeAll(sink, snapshot.slice(0, count));
      const late: string[] = [];
      const next = snapshot[count];
      if (next) sink.write(next, () => late.push('written'));
      sink.abort();
      sink.abort();
      await swept(directory);
      expect(late).toEqual([]);
      expect(ordinals()).toEqual({ 0: 3, 1: 2 });
    }
    await reopen();
    expect(directory.state.scrapCount).toBe(0);
    expect(tableOf(directory, 'g', 't')).toEqual(oldTable);
  });

  it('takes nothing from a snapshot that is read of the state it replaces', async () => {
    const source = directory.state.openSnapshot('g');
    const sink = directory.state.beginInstall('g', POINT);
    await writeAll(sink, snapshot);
    await finished(sink);
    await swept(directory);
    const content = decodePart(source?.next(64 * 1024) ?? Buffer.from(''))?.content;
    expect(source?.index).toBe(20);
    expect(content?.kind === 'records' && content.records.map(([key]) => String(key))).toEqual([
      't\0k000001',
      't\0old',
    ]);
    source?.close();
  });

  it('installs again and again, and uses ordinals anew', async () => {
    for (let round = 0; round < 5; round++) {
      const point = { ...POINT, index: POINT.index };
      const sink = directory.state.beginInstall('g', point);
      await writeAll(sink, snapshot);
      await finished(sink);
      await swept(directory);
      expect(ordinals()).toEqual(round % 2 === 0 ? { 1: 2, 2: 102 } : { 0: 102, 1: 2 });
    }
  });

  it('sweeps in bounded transactions', async () => {
    const { log, state } = directory;
    await log.write([{ group: 'g', entries: logEntries(51, 60) }]);
    const count = 3 * SCRAP_RECORDS_PER_COMMIT;
    for (let at = 0; at < count; at++) state.group('g').put('u', String(at), Buffer.from('x'));
    state.group('g').markApplied(51, 1);
    await state.flush();
    const { disk } = state as unknown as {
      disk: { environment: { commit(changes: readonly unknown[]): Promise<void> } };
    };
    const sizes: number[] = [];
    const commit = disk.environment.commit.bind(disk.environment);
    disk.environment.commit = (changes) => {
      sizes.push(changes.length);
      return commit(changes);
    };
    const sink = state.beginInstall('g', POINT);
    await writeAll(sink, snapshot.slice(0, 1));
    sizes.length = 0;
    await writeAll(sink, snapshot.slice(1));
    await finished(sink);
    await swept(directory);
    expect(sizes.slice(-5)).toEqual([3, 1_000, 1_000, 1_000, 4]);
    expect(ordinals()).toEqual({ 1: 2, 2: 102 });
  });

  it('stops on steps that make no sense', async () => {
    const { state } = directory;
    expect(() => state.beginInstall('g', { ...POINT, index: 19 })).toThrow(InvariantViolation);
    const sink = state.beginInstall('g', POINT);
    expect(() => state.beginInstall('g', POINT)).toThrow('one install of a group at a time');
    const [first, second] = snapshot;
    if (!first || !second) throw new Error('too few parts');
    const staged = written(sink, first);
    expect(() => sink.write(second, () => undefined)).toThrow('one part at a time');
    await staged;
    sink.abort();
    expect(() => sink.write(second, () => undefined)).toThrow('parts come before the end');
    expect(() => sink.finish(() => undefined)).toThrow('it ends once');
  });

  it('refuses a folder with state of no group', async () => {
    await directory.close();
    await editRaw(path, { environment: 'state', table: 'records' }, (table) => {
      table.putSync(Buffer.from([0, 9, 1]), Buffer.from('whose?'));
    });
    expect(open).toThrow(CorruptionError);
    expect(open).toThrow('has state of a group that it does not list');
  });

  it('moves 100,000 records in calls that each touch at most a thousand', async () => {
    const count = 100_000;
    const parts = await made(count, 'new', 64 * 1024);
    const bytes = parts.map((part) => part.length);
    expect(Math.max(...bytes)).toBeLessThan(64 * 1024 + 64);
    expect(parts).toHaveLength(count / 1_000 + 1);
    const sink = directory.state.beginInstall('g', POINT);
    await writeAll(sink, parts);
    await finished(sink);
    expect(tableOf(directory, 'g', 't')).toEqual(newTable(count));
    await reset();
    await reopen();
    await swept(directory);
    expect(ordinals()).toEqual({ 1: 2, 2: count + 2 });
    expect(tableOf(directory, 'g', 't')).toEqual(newTable(count));
  });
});
