import fs, { readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { CorruptionError } from '../errors.js';
import { ManualTimers } from '../test-support/manual-timers.js';
import { MemoryStore } from '../test-support/memory-store.js';
import { temporaryFolders } from '../test-support/temporary-folder.js';
import { absorbedChange } from './absorber.js';
import { createWal, walFilePath } from './wal-recovery.js';
import { WriteAheadLog } from './write-ahead-log.js';

const REPLICA_ID = 'b'.repeat(32);
/** Three records of a kilobyte. */
const FILE_BYTES = 4_096 + 3 * 1_536;

describe('The start from a write-ahead log', () => {
  const folder = temporaryFolders();
  let store: MemoryStore;
  beforeEach(() => {
    store = new MemoryStore(folder());
    createWal(store.path, REPLICA_ID, FILE_BYTES);
  });

  function open(replicaId = REPLICA_ID): WriteAheadLog {
    const { tables, metaTable } = store;
    return WriteAheadLog.open({ store, replicaId, tables, metaTable, timers: new ManualTimers() });
  }

  /** Commits records of one sector and a half, three of which fill a file, without absorbing any. */
  async function write(...names: string[]): Promise<void> {
    const wal = open();
    for (const name of names) {
      const value = Buffer.from(`${name} ${'v'.repeat(1_000)}`);
      await wal.commit([{ table: store.entriesTable, key: Buffer.from(name), value }]);
    }
    wal.closeNow();
  }

  function refused(replicaId?: string): string {
    try {
      open(replicaId).closeNow();
    } catch (error) {
      expect(error).toBeInstanceOf(CorruptionError);
      return error instanceof Error ? error.message : '';
    }
    throw new Error('the log was opened');
  }

  const file = (number: number): string => walFilePath(store.path, number);
  const edit = (number: number, change: (bytes: Buffer) => void): void => {
    const bytes = readFileSync(file(number));
    change(bytes);
    writeFileSync(file(number), bytes);
  };

  it.each([1, 2])('refuses when file %i is gone, cut, or longer', async (number) => {
    await write('a', 'b', 'c', 'd');
    const whole = readFileSync(file(number));
    rmSync(file(number));
    expect(refused()).toContain(`the write-ahead log ${file(number)} is gone`);
    for (const bytes of [0, 100, 4_096, FILE_BYTES - 1, FILE_BYTES + 512]) {
      writeFileSync(file(number), whole);
      truncateSync(file(number), bytes);
      expect(refused()).toContain(file(number));
      expect(refused()).toContain(
        bytes === 0 ? 'fails its checksum' : `${bytes} bytes and not ${FILE_BYTES}`,
      );
    }
    writeFileSync(file(number), whole);
    open().closeNow();
    expect(Object.keys(store.entries)).toEqual(['a', 'b', 'c', 'd']);
  });

  it('refuses a changed header, and the files of another folder', async () => {
    await write('a');
    expect(refused('c'.repeat(32))).toContain(
      `is that of replica ${REPLICA_ID} and not of ${'c'.repeat(32)}`,
    );
    for (let at = 0; at < 32; at++) {
      edit(2, (bytes) => bytes.writeUInt8((bytes[at] ?? 0) ^ 4, at));
      expect(refused()).toContain('wal-2 fails its checksum');
      edit(2, (bytes) => bytes.writeUInt8((bytes[at] ?? 0) ^ 4, at));
    }
    open().closeNow();
  });

  it('refuses any changed byte of any record that is not in the database, in either file', async () => {
    await write('a', 'b', 'c', 'd', 'e');
    for (const number of [1, 2]) {
      for (let at = 4_096; at < 4_096 + 2 * 1_536; at += 7) {
        edit(number, (bytes) => bytes.writeUInt8((bytes[at] ?? 0) ^ 4, at));
        expect(refused()).toContain(`${file(number)} fails its checksum`);
        edit(number, (bytes) => bytes.writeUInt8((bytes[at] ?? 0) ^ 4, at));
      }
    }
    expect(store.entries).toEqual({});
    open().closeNow();
    expect(Object.keys(store.entries)).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('writes again what the database lacks, which may be in memory only', async () => {
    await write('a', 'b', 'c', 'd', 'e');
    const second = readFileSync(file(2));
    const written = jest.spyOn(fs, 'writeSync');
    open().closeNow();
    expect(written.mock.calls.map(([, , , ...place]) => place)).toEqual([[2 * 1_536, 4_096]]);
    expect(readFileSync(file(2))).toEqual(second);
    open().closeNow();
    expect(written).toHaveBeenCalledTimes(1);
    written.mockRestore();
  });

  it('forgets the last record when it is torn, but not the last one of a file before another', async () => {
    await write('a', 'b', 'c', 'd');
    edit(2, (bytes) => bytes.fill(0, 4_096 + 512, 4_096 + 1_024));
    edit(1, (bytes) => bytes.fill(0, 4_096 + 2 * 1_536 + 512, FILE_BYTES));
    expect(refused()).toContain('wal-1 is gone');
    edit(1, (bytes) => bytes.fill(0, 4_096 + 2 * 1_536));
    // Now it looks as if the third had never been written: then the fourth was not either.
    open().closeNow();
    expect(Object.keys(store.entries)).toEqual(['a', 'b']);
  });

  it('refuses a gap between the files', async () => {
    await write('a', 'b', 'c', 'd', 'e');
    edit(1, (bytes) => bytes.fill(0, 4_096 + 2 * 1_536));
    expect(refused()).toContain('wal-1 does not reach to record 4');
  });

  it('needs no file that the database has all of, but refuses an old copy of one', async () => {
    const old = readFileSync(file(1));
    await write('a', 'b', 'c', 'd', 'e');
    const [first, second] = [readFileSync(file(1)), readFileSync(file(2))];
    const wal = open();
    edit(1, (bytes) => bytes.fill(0xee, 4_096));
    open().closeNow();
    wal.begin();
    await wal.close();
    expect(
      readFileSync(file(1))
        .subarray(4_096)
        .every((byte) => byte === 0),
    ).toBe(true);
    expect(readFileSync(file(2))).toEqual(second);
    for (const copy of [old, first]) {
      writeFileSync(file(2), copy);
      expect(refused()).toContain('are not of the same time (1 and 3)');
    }
    expect(Object.keys(store.entries)).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('refuses a log that ends before what the database has, or begins behind it', async () => {
    const empty = readFileSync(file(1));
    await write('a', 'b');
    store.commitSync([absorbedChange(store.metaTable, 3)]);
    expect(refused()).toContain('has records 1 to 2, and the database all through 3');
    store.commitSync([absorbedChange(store.metaTable, 2)]);
    writeFileSync(file(1), empty);
    expect(refused()).toContain('has records 1 to 0, and the database all through 2');
  });

  it('refuses a database that does not say what it has', () => {
    store.commitSync([{ table: store.metaTable, key: Buffer.from('wal'), value: null }]);
    expect(refused()).toContain(`that ${store.path} has reached is missing`);
  });
});
