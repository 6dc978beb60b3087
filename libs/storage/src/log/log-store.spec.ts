import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { InvariantViolation } from '@sinkron/invariant';
import { DataDirectory } from '../directory/data-directory.js';
import { StorageWriteError } from '../errors.js';
import { logEntries } from '../test-support/log-entries.js';
import { temporaryFolders } from '../test-support/temporary-folder.js';

const UNLIMITED = Number.MAX_SAFE_INTEGER;

describe('LogStore', () => {
  const folder = temporaryFolders();
  let path: string;
  let directory: DataDirectory;
  const open = (): DataDirectory => DataDirectory.open(path, { nodeId: 'node1' });
  const reopen = async (): Promise<void> => {
    await directory.close();
    directory = open();
  };

  beforeEach(() => {
    path = folder();
    directory = open();
  });
  afterEach(() => directory.close());

  it('is empty at first', () => {
    expect(directory.log.groups()).toEqual([]);
    expect(directory.log.load('a')).toEqual({
      hardState: { term: 0, votedFor: null },
      baseIndex: 0,
      baseTerm: 0,
      baseTimeMs: 0,
      lastIndex: 0,
    });
    expect(directory.log.entries('a', 1, 10, UNLIMITED)).toEqual([]);
    expect(directory.log.term('a', 0)).toBe(0);
    expect(directory.log.term('a', 1)).toBeUndefined();
  });

  it('gives back hard states and entries of several groups after a restart', async () => {
    await directory.log.write([
      { group: 'a', hardState: { term: 7, votedFor: 'né' }, entries: logEntries(1, 3) },
      { group: 'b', hardState: { term: 2, votedFor: null }, entries: [] },
      { group: 'c', entries: logEntries(1, 300, 5) },
    ]);
    await reopen();
    expect(directory.log.groups()).toEqual(['a', 'b', 'c']);
    expect(directory.log.load('a')).toEqual({
      hardState: { term: 7, votedFor: 'né' },
      baseIndex: 0,
      baseTerm: 0,
      baseTimeMs: 0,
      lastIndex: 3,
    });
    expect(directory.log.load('b').hardState).toEqual({ term: 2, votedFor: null });
    expect(directory.log.load('c').lastIndex).toBe(300);
    expect(directory.log.entries('a', 1, 4, UNLIMITED)).toEqual(logEntries(1, 3));
    expect(directory.log.entries('c', 1, 301, UNLIMITED)).toEqual(logEntries(1, 300, 5));
    expect(directory.log.term('c', 300)).toBe(5);
  });

  it('keeps empty and megabyte data and the largest numbers', async () => {
    const entries = [
      { index: 1, term: 2 ** 47, kind: 255, timeMs: 2 ** 52 + 0.5, data: new Uint8Array(0) },
      { index: 2, term: 2 ** 47, kind: 0, timeMs: -1, data: Buffer.alloc(1024 ** 2, 7) },
    ];
    await directory.log.write([{ group: 'a', entries }]);
    await reopen();
    const read = directory.log.entries('a', 1, 3, UNLIMITED);
    expect(read.map(({ data, ...rest }) => ({ ...rest, data: [...data.subarray(0, 2)] }))).toEqual([
      { index: 1, term: 2 ** 47, kind: 255, timeMs: 2 ** 52 + 0.5, data: [] },
      { index: 2, term: 2 ** 47, kind: 0, timeMs: -1, data: [7, 7] },
    ]);
    expect(read[1]?.data.length).toBe(1024 ** 2);
  });

  it('reads at least one entry and then at most bytesMax of data', async () => {
    await directory.log.write([{ group: 'a', entries: logEntries(1, 9) }]);
    const size = logEntries(1, 1)[0]?.data.length ?? 0;
    const indexes = (bytesMax: number): number[] =>
      directory.log.entries('a', 2, 100, bytesMax).map((entry) => entry.index);
    expect(indexes(0)).toEqual([2]);
    expect(indexes(size)).toEqual([2]);
    expect(indexes(3 * size)).toEqual([2, 3, 4]);
    expect(indexes(UNLIMITED)).toEqual([2, 3, 4, 5, 6, 7, 8, 9]);
    expect(directory.log.entries('a', 10, 12, UNLIMITED)).toEqual([]);
  });

  it('Raft §5.3: truncates a conflicting suffix and appends in one write', async () => {
    await directory.log.write([{ group: 'a', entries: logEntries(1, 5) }]);
    await directory.log.write([{ group: 'a', truncateFrom: 3, entries: logEntries(3, 4, 2) }]);
    await reopen();
    expect(directory.log.load('a').lastIndex).toBe(4);
    expect(directory.log.entries('a', 1, 9, UNLIMITED)).toEqual([
      ...logEntries(1, 2),
      ...logEntries(3, 4, 2),
    ]);
  });

  it('Raft §7: compacts through an index and remembers it as the base', async () => {
    await directory.log.write([{ group: 'a', entries: logEntries(1, 9, 4) }]);
    const { log, state } = directory;
    for (let index = 1; index <= 6; index++) state.group('a').markApplied(index, 4);
    await state.flush();
    await log.write([
      { group: 'a', entries: [], compactThrough: { index: 6, term: 4, timeMs: 9.5 } },
    ]);
    await reopen();
    expect(directory.log.load('a')).toMatchObject({
      baseIndex: 6,
      baseTerm: 4,
      baseTimeMs: 9.5,
      lastIndex: 9,
    });
    expect(directory.log.term('a', 5)).toBeUndefined();
    expect(directory.log.term('a', 6)).toBe(4);
    expect(directory.log.entries('a', 6, 9, UNLIMITED)).toEqual([]);
    expect(directory.log.entries('a', 7, 10, UNLIMITED)).toEqual(logEntries(7, 9, 4));
  });

  it('begins anew behind a base beyond the last entry', async () => {
    const { log } = directory;
    await log.write([{ group: 'a', entries: logEntries(1, 4) }]);
    await log.write([
      { group: 'a', entries: [], compactThrough: { index: 20, term: 3, timeMs: 9.5 } },
    ]);
    await log.write([{ group: 'a', entries: logEntries(21, 22, 3) }]);
    expect(log.load('a')).toMatchObject({ baseIndex: 20, baseTerm: 3, lastIndex: 22 });
  });

  it('gives the point at an index, and compacts through such points in steps', async () => {
    const { log, state } = directory;
    await log.write([{ group: 'a', entries: logEntries(1, 9, 4) }]);
    state.group('a').markApplied(9, 4);
    await state.flush();
    const timeMs = (index: number): number => logEntries(index, index)[0]?.timeMs ?? 0;
    expect(log.point('a', 0)).toEqual({ index: 0, term: 0, timeMs: 0 });
    expect([log.point('a', 10), log.point('b', 1)]).toEqual([undefined, undefined]);
    for (const through of [3, 6, 9]) {
      const compactThrough = log.point('a', through);
      if (compactThrough === undefined) throw new Error('the entry is there');
      expect(compactThrough).toEqual({ index: through, term: 4, timeMs: timeMs(through) });
      await log.write([{ group: 'a', entries: [], compactThrough }]);
      expect(log.point('a', through - 1)).toBeUndefined();
      expect(log.point('a', through)).toEqual(compactThrough);
      await reopenedAt(through);
    }

    async function reopenedAt(baseIndex: number): Promise<void> {
      const other = folder();
      cpSync(path, other, { recursive: true });
      rmSync(join(other, 'lock'));
      const again = DataDirectory.open(other, { nodeId: 'node1' });
      expect(again.log.load('a')).toEqual({
        hardState: { term: 0, votedFor: null },
        baseIndex,
        baseTerm: 4,
        baseTimeMs: timeMs(baseIndex),
        lastIndex: 9,
      });
      await again.close();
    }
  });

  it('Raft §7: resets to a snapshot, also one within a log of other terms, in one write', async () => {
    const { log } = directory;
    const compactThrough = { index: 6, term: 3, timeMs: 77.25 };
    await log.write([{ group: 'a', entries: logEntries(1, 9, 2) }]);
    await log.write([{ group: 'a', truncateFrom: 1, entries: [], compactThrough }]);
    expect(log.load('a')).toEqual({
      hardState: { term: 0, votedFor: null },
      baseIndex: 6,
      baseTerm: 3,
      baseTimeMs: 77.25,
      lastIndex: 6,
    });
    expect(log.entries('a', 7, 10, UNLIMITED)).toEqual([]);
    await log.write([{ group: 'a', entries: logEntries(7, 7, 3) }]);
    expect(log.entries('a', 7, 10, UNLIMITED)).toEqual(logEntries(7, 7, 3));
  });

  it('makes overlapping writes durable in the order of the calls', async () => {
    const done: string[] = [];
    const note = (name: string) => (): void => void done.push(name);
    const { log } = directory;
    const writes = [
      log.write([{ group: 'a', entries: logEntries(1, 4) }]).then(note('append 1-4')),
      log
        .write([{ group: 'a', truncateFrom: 3, entries: logEntries(3, 3, 2) }])
        .then(note('3 again')),
      log.write([{ group: 'b', entries: logEntries(1, 1) }]).then(note('b')),
    ];
    expect(log.lastIndex('a')).toBe(0);
    await new Promise(setImmediate);
    writes.push(log.write([{ group: 'a', entries: logEntries(4, 5, 2) }]).then(note('append 4-5')));
    writes.push(log.write([]).then(note('nothing')));
    await Promise.all(writes);
    expect(done).toEqual(['append 1-4', '3 again', 'b', 'append 4-5', 'nothing']);
    await reopen();
    expect(directory.log.entries('a', 1, 9, UNLIMITED)).toEqual([
      ...logEntries(1, 2),
      ...logEntries(3, 5, 2),
    ]);
  });

  it('shows a write to reads once it has resolved', async () => {
    await directory.log.write([{ group: 'a', entries: logEntries(1, 1) }]);
    const written = directory.log.write([{ group: 'a', entries: logEntries(2, 2) }]);
    expect(directory.log.term('a', 2)).toBeUndefined();
    await written;
    expect(directory.log.term('a', 2)).toBe(1);
  });

  it('stops on a gap, a truncation of the base and a base that moves back', async () => {
    const { log } = directory;
    await log.write([{ group: 'a', entries: logEntries(1, 4) }]);
    await log.write([
      { group: 'a', entries: [], compactThrough: { index: 3, term: 1, timeMs: 9.5 } },
    ]);
    expect(() => log.write([{ group: 'a', entries: logEntries(6, 6) }])).toThrow(
      InvariantViolation,
    );
    expect(() => log.write([{ group: 'a', truncateFrom: 3, entries: [] }])).toThrow(
      InvariantViolation,
    );
    expect(() =>
      log.write([{ group: 'a', entries: [], compactThrough: { index: 2, term: 1, timeMs: 9.5 } }]),
    ).toThrow(InvariantViolation);
  });

  it('finishes what waits when it is closed, and takes nothing afterwards', async () => {
    const { log } = directory;
    const written = log.write([{ group: 'a', entries: logEntries(1, 2) }]);
    await directory.close();
    await expect(written).resolves.toBeUndefined();
    await expect(log.write([{ group: 'a', entries: logEntries(3, 3) }])).rejects.toThrow(
      StorageWriteError,
    );
    directory = open();
    expect(directory.log.load('a').lastIndex).toBe(2);
  });
});
