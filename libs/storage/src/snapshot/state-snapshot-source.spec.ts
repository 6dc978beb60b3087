import { DataDirectory } from '../directory/data-directory.js';
import { CorruptionError, SnapshotExpiredError } from '../errors.js';
import {
  SNAPSHOT_PART_RECORDS_MAX,
  SNAPSHOT_READ_MS_MAX,
  SNAPSHOT_SOURCES_MAX,
  STATE_COMMIT_INTERVAL_MS,
} from '../limits.js';
import { logEntries } from '../test-support/log-entries.js';
import { ManualTimers } from '../test-support/manual-timers.js';
import { editRaw, flipBit } from '../test-support/raw-record.js';
import { partsOf } from '../test-support/snapshots.js';
import { temporaryFolders } from '../test-support/temporary-folder.js';
import { stateKey } from '../state/state-key.js';
import { decodePart } from './snapshot-part.js';
import type { StateSnapshotSource } from './state-snapshot-source.js';

const PART_BYTES = 64 * 1024;

describe('StateSnapshotSource', () => {
  const folder = temporaryFolders();
  let path: string;
  let timers: ManualTimers;
  let directory: DataDirectory;

  beforeEach(async () => {
    path = folder();
    timers = new ManualTimers();
    directory = DataDirectory.open(path, { nodeId: 'node1' }, { timers });
    await directory.log.write([
      { group: 'a', entries: logEntries(1, 500, 3) },
      { group: 'b', entries: logEntries(1, 500, 3) },
    ]);
  });
  afterEach(() => directory.close().catch(() => undefined));

  const name = (at: number): string => `key ${String(at).padStart(5, '0')}`;
  /** One entry that gives every record of a group the same value. */
  const rewrite = (group: string, index: number, count = 200): void => {
    const store = directory.state.group(group);
    for (let at = 0; at < count; at++) store.put('t', name(at), Buffer.from(String(index)));
    store.markApplied(index, 3);
  };
  const opened = (group: string): StateSnapshotSource => {
    const source = directory.state.openSnapshot(group);
    if (source === null) throw new Error('nothing to read');
    return source;
  };
  const recordsOf = (parts: readonly Uint8Array[]): string[] =>
    parts.flatMap((bytes) => {
      const content = decodePart(bytes)?.content;
      if (content?.kind !== 'records') return [];
      return content.records.map(([key, value]) => `${key.toString()}=${value.toString()}`);
    });
  const expected = (index: number, count = 200): string[] =>
    Array.from({ length: count }, (_, at) => `t\0${name(at)}=${index}`);

  it('shows what is flushed, without what is in memory', async () => {
    expect(directory.state.openSnapshot('a')).toBeNull();
    rewrite('a', 7);
    expect(directory.state.openSnapshot('a')).toBeNull();
    await directory.state.flush();
    rewrite('a', 8);
    const source = opened('a');
    expect([source.index, source.term]).toEqual([7, 3]);
    const parts = partsOf(source, PART_BYTES);
    expect(recordsOf(parts)).toEqual(expected(7));
    expect(parts.map((part) => decodePart(part))).toMatchObject([
      { sequence: 0, index: 7, term: 3, content: { kind: 'records' } },
      { sequence: 1, index: 7, term: 3, content: { kind: 'end', recordCount: 200 } },
    ]);
    expect(source.next(PART_BYTES)).toBeNull();
  });

  it('keeps its picture while commits go on, for several groups at once', async () => {
    rewrite('a', 1);
    rewrite('b', 1);
    await directory.state.flush();
    const sources = [opened('a'), opened('b'), opened('a')];
    const read: Uint8Array[][] = sources.map(() => []);
    for (let index = 2; index < 40; index++) {
      rewrite('a', index);
      rewrite('b', index);
      await directory.state.flush();
      if (index === 20) {
        sources.push(opened('a'));
        read.push([]);
      }
      sources.forEach((source, at) => {
        const part = source.next(200);
        if (part) read[at]?.push(part);
      });
    }
    sources.forEach((source, at) => read[at]?.push(...partsOf(source, 200)));
    expect(sources.map((source) => source.index)).toEqual([1, 1, 1, 20]);
    expect(read.map(recordsOf)).toEqual([expected(1), expected(1), expected(1), expected(20)]);
  });

  it('reads in parts of bounded bytes and records, a larger record alone', async () => {
    const store = directory.state.group('a');
    for (let at = 0; at < 2_500; at++) store.put('t', name(at), Buffer.from('small'));
    store.put('u', 'large', Buffer.alloc(3 * PART_BYTES, 1));
    for (let at = 0; at < 3; at++) store.put('v', name(at), Buffer.alloc(PART_BYTES / 2 - 40, 2));
    store.markApplied(1, 3);
    await directory.state.flush();
    const parts = partsOf(opened('a'), PART_BYTES);
    const counts = parts.map((part) => {
      const content = decodePart(part)?.content;
      return content?.kind === 'records' ? content.records.length : -1;
    });
    expect(counts).toEqual([
      SNAPSHOT_PART_RECORDS_MAX,
      SNAPSHOT_PART_RECORDS_MAX,
      500,
      1,
      2,
      1,
      -1,
    ]);
    parts.forEach((part, at) => {
      if (at !== 3) expect(part.length).toBeLessThan(PART_BYTES + 64);
    });
  });

  it('ends after a minute, on the timer, and when the folder is closed', async () => {
    rewrite('a', 1);
    await directory.state.flush();
    expect(timers.delaysMs).toEqual([]);
    const source = opened('a');
    expect(timers.delaysMs).toEqual([SNAPSHOT_READ_MS_MAX]);
    expect(source.next(200)).not.toBeNull();
    timers.fire();
    expect(() => source.next(200)).toThrow(SnapshotExpiredError);
    expect(() => source.next(200)).toThrow("snapshot of group 'a'");
    source.close();

    const again = opened('a');
    expect(recordsOf(partsOf(again))).toEqual(expected(1));
    expect(timers.delaysMs).toEqual([]);
    again.close();
    expect(again.next(200)).toBeNull();

    const left = opened('a');
    await directory.close();
    expect(() => left.next(200)).toThrow(SnapshotExpiredError);
    expect(directory.state.openSnapshot('a')).toBeNull();
  });

  it('opens so many at a time, and another one for each that ends', async () => {
    rewrite('a', 1);
    await directory.state.flush();
    const sources = Array.from({ length: SNAPSHOT_SOURCES_MAX }, () => opened('a'));
    expect(directory.state.openSnapshot('a')).toBeNull();
    sources[0]?.close();
    partsOf(sources[1] ?? opened('a'));
    const more = [opened('a'), opened('a')];
    expect(directory.state.openSnapshot('a')).toBeNull();
    for (const source of [...sources, ...more]) source.close();
  });

  it('holds pages while it is open, and not afterwards', async () => {
    const rounds = async (from: number): Promise<number> => {
      for (let index = from; index < from + 30; index++) {
        rewrite('a', index, 2_000);
        await directory.state.flush();
      }
      const { disk } = directory.state as unknown as {
        disk: { environment: { root: { getStats(): { lastPageNumber: number } } } };
      };
      return disk.environment.root.getStats().lastPageNumber;
    };
    await rounds(1);
    const settled = await rounds(31);
    const source = opened('a');
    const held = await rounds(61);
    expect(held).toBeGreaterThan(settled * 5);
    source.close();
    await rounds(91);
    expect(await rounds(121)).toBeLessThan(held * 1.2);
    expect(timers.delaysMs).not.toContain(STATE_COMMIT_INTERVAL_MS);
  });

  it('gives nothing that fails its checksum', async () => {
    rewrite('a', 1);
    await directory.close();
    await editRaw(path, { environment: 'state', table: 'records' }, (table) =>
      flipBit(table, stateKey(0, 't', name(9)), -1),
    );
    directory = DataDirectory.open(path, { nodeId: 'node1' }, { timers });
    const source = opened('a');
    expect(() => source.next(PART_BYTES)).toThrow(CorruptionError);
    expect(() => source.next(PART_BYTES)).toThrow(
      `record "t\\u0000${name(9)}" of group 'a' in ${path}/state fails its checksum`,
    );
    source.close();
  });
});
