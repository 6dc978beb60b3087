import { rmSync } from 'node:fs';
import { StorageWriteError } from '../errors.js';
import { ABSORB_CHANGES, ABSORB_INTERVAL_MS } from '../limits.js';
import { ManualTimers } from '../test-support/manual-timers.js';
import { MemoryStore } from '../test-support/memory-store.js';
import { temporaryFolders } from '../test-support/temporary-folder.js';
import { durableFiles, type DurableFiles } from './durable-files.js';
import { createWal } from './wal-recovery.js';
import { WriteAheadLog } from './write-ahead-log.js';

const REPLICA_ID = 'a'.repeat(32);
/** Three records of a kilobyte. */
const FILE_BYTES = 4_096 + 3 * 1_536;
const VALUE = 'v'.repeat(1_000);

describe('WriteAheadLog', () => {
  const folder = temporaryFolders();
  let store: MemoryStore;
  let timers: ManualTimers;
  let wal: WriteAheadLog;
  let disk: DurableFiles | undefined;

  function open(): WriteAheadLog {
    const { tables, metaTable } = store;
    timers = new ManualTimers();
    wal = WriteAheadLog.open({ store, replicaId: REPLICA_ID, tables, metaTable, timers, disk });
    wal.begin();
    return wal;
  }
  const put = (name: string, value: string | null = VALUE): Promise<void> =>
    wal.commit([
      {
        table: store.entriesTable,
        key: Buffer.from(name),
        value: value === null ? null : Buffer.from(value),
      },
    ]);
  const inMemory = (name: string): string | null | undefined => {
    const change = wal.unabsorbed.get(store.entriesTable, Buffer.from(name));
    return change && (change.value?.toString() ?? null);
  };
  const until = async (condition: () => boolean): Promise<void> => {
    while (!condition()) await new Promise(setImmediate);
  };

  beforeEach(() => {
    disk = undefined;
    store = new MemoryStore(folder());
    createWal(store.path, REPLICA_ID, FILE_BYTES);
    open();
  });
  afterEach(async () => {
    store.automatic = true;
    store.commits.splice(0).forEach((commit) => commit.fail(new Error('the test ends')));
    await wal.close().catch(() => undefined);
  });

  it('has what was committed in memory, then brings it into the store, the last value of each key', async () => {
    await put('a', '1');
    await put('b', '1');
    await put('a', '2');
    await put('b', null);
    expect([inMemory('a'), inMemory('b'), inMemory('c')]).toEqual(['2', null, undefined]);
    expect(store.entries).toEqual({});
    expect(timers.delaysMs).toEqual([ABSORB_INTERVAL_MS]);
    store.automatic = false;
    timers.fire();
    await until(() => store.commits.length === 1);
    await put('a', '3');
    expect([inMemory('a'), inMemory('b')]).toEqual(['3', null]);
    expect(wal.unabsorbed.bytes).toBeGreaterThan(0);
    store.commits[0]?.end();
    await until(() => inMemory('b') === undefined);
    expect(inMemory('a')).toBe('3');
    expect(store.entries).toEqual({ a: '2' });
    store.automatic = true;
    timers.fire();
    await until(() => inMemory('a') === undefined);
    expect(store.entries).toEqual({ a: '3' });
    expect(wal.unabsorbed.bytes).toBe(0);
    expect(timers.delaysMs).toEqual([]);
  });

  it('absorbs soon when there is much', async () => {
    await wal.close();
    store = new MemoryStore(folder());
    createWal(store.path, REPLICA_ID, 1024 ** 2);
    open();
    const changes = Array.from({ length: ABSORB_CHANGES + 1 }, (_, at) => ({
      table: store.entriesTable,
      key: Buffer.from(`key ${at}`),
      value: null,
    }));
    await wal.commit(changes.slice(1));
    expect(timers.delaysMs).toEqual([ABSORB_INTERVAL_MS]);
    await wal.commit(changes.slice(0, 1));
    expect(timers.delaysMs).toEqual([0]);
  });

  it('puts what the store lacks into it at the next start, and nothing twice', async () => {
    await put('a', '1');
    await put('b', '1');
    timers.fire();
    await until(() => inMemory('a') === undefined);
    await put('a', '2');
    wal.closeNow();
    expect(store.entries).toEqual({ a: '1', b: '1' });
    let replays = 0;
    store.onSync = (apply) => {
      replays++;
      apply();
    };
    open();
    expect([store.entries, replays]).toEqual([{ a: '2', b: '1' }, 1]);
    await put('c', '1');
    await wal.close();
    expect(store.entries).toEqual({ a: '2', b: '1', c: '1' });
    open();
    expect(replays).toBe(1);
  });

  it('turns to the next file, and waits for the store before it uses one again', async () => {
    store.automatic = false;
    for (const name of ['1', '2', '3', '4', '5', '6']) await put(name);
    let done = false;
    const seventh = put('7').then(() => (done = true));
    expect(timers.delaysMs).toEqual([0]);
    timers.fire();
    await until(() => store.commits.length === 1);
    await new Promise(setImmediate);
    expect([done, inMemory('1'), inMemory('7')]).toEqual([false, VALUE, undefined]);
    store.commits[0]?.end();
    await seventh;
    expect(inMemory('7')).toBe(VALUE);
    expect(Object.keys(store.entries)).toEqual(['1', '2', '3', '4', '5', '6']);
    store.automatic = true;
    for (let at = 0; at < 30; at++) {
      const written = put(String(at), `${at} ${VALUE}`);
      timers.fire();
      await written;
    }
    await wal.close();
    open();
    expect(store.entries['29']).toBe(`29 ${VALUE}`);
    expect(Object.keys(store.entries)).toHaveLength(30);
  });

  it('gives what fits into no file to the store, behind all before it', async () => {
    await put('a', '1');
    await put('b', '1');
    await put('b', 'x'.repeat(FILE_BYTES));
    expect(store.entries).toEqual({ a: '1', b: 'x'.repeat(FILE_BYTES) });
    expect([inMemory('a'), inMemory('b')]).toEqual([undefined, undefined]);
    await put('b', '3');
    wal.closeNow();
    open();
    expect(store.entries).toEqual({ a: '1', b: '3' });
  });

  it('fails every commit after one that failed, tells it once, and has lost nothing', async () => {
    await put('a', '1');
    await wal.close();
    const cause = new Error('EIO');
    let fails = false;
    disk = {
      open: (path) => durableFiles.open(path),
      write: (...where) => (fails ? Promise.reject(cause) : durableFiles.write(...where)),
    };
    open();
    const told: Error[] = [];
    wal.onError((error) => told.push(error));
    await put('b', '1');
    fails = true;
    await expect(put('c', '1')).rejects.toMatchObject({ code: 'STORAGE_WRITE_FAILED', cause });
    fails = false;
    await expect(put('d', '1')).rejects.toBeInstanceOf(StorageWriteError);
    expect(inMemory('c')).toBeUndefined();
    expect(told).toEqual([]);
    await wal.close();
    disk = undefined;
    open();
    expect(store.entries).toEqual({ a: '1', b: '1' });
  });

  it('tells that the store failed, takes no more, and has all at the next start', async () => {
    const told: unknown[] = [];
    wal.onError((error) => told.push(error));
    store.automatic = false;
    await put('a', '1');
    timers.fire();
    await until(() => store.commits.length === 1);
    await put('b', '1');
    const cause = new StorageWriteError(store.path, new Error('EIO'));
    store.commits.splice(0)[0]?.fail(cause);
    await until(() => told.length > 0);
    expect(told).toEqual([cause]);
    expect([inMemory('a'), inMemory('b')]).toEqual(['1', '1']);
    await expect(put('c', '1')).rejects.toBe(cause);
    await wal.close();
    expect(store.entries).toEqual({});
    open();
    expect(store.entries).toEqual({ a: '1', b: '1' });
  });

  it('tells that the store failed when the disk does not even say how full it is', async () => {
    const told: unknown[] = [];
    wal.onError((error) => told.push(error));
    store.automatic = false;
    await put('a', '1');
    timers.fire();
    await until(() => store.commits.length === 1);
    rmSync(store.path, { recursive: true });
    const cause = new Error('EIO');
    store.commits.splice(0)[0]?.fail(cause);
    await until(() => told.length > 0);
    expect(told).toMatchObject([{ code: 'STORAGE_WRITE_FAILED', cause }]);
    await expect(put('b', '1')).rejects.toBe(told[0]);
  });

  it('fails the record that is on its way to the disk when the store fails', async () => {
    await wal.close();
    const ends: (() => void)[] = [];
    let slow = false;
    disk = {
      open: (path) => durableFiles.open(path),
      write: async (...where) => {
        await durableFiles.write(...where);
        if (slow) await new Promise<void>((resolve) => ends.push(resolve));
      },
    };
    open();
    const told: unknown[] = [];
    wal.onError((error) => told.push(error));
    store.automatic = false;
    await put('a', '1');
    timers.fire();
    await until(() => store.commits.length === 1);
    slow = true;
    const second = put('b', '1');
    await until(() => ends.length === 1);
    const cause = new StorageWriteError(store.path, new Error('EIO'));
    store.commits.splice(0)[0]?.fail(cause);
    await until(() => told.length === 1);
    ends[0]?.();
    await expect(second).rejects.toBe(cause);
    expect(inMemory('b')).toBeUndefined();
    expect(timers.delaysMs).toEqual([]);
    await wal.close();
    slow = false;
    open();
    // It was never promised, and it may be there.
    expect(store.entries).toEqual({ a: '1', b: '1' });
  });

  it('closes its files when the commit under way has ended, and refuses more at once', async () => {
    await wal.close();
    const writes: (() => void)[] = [];
    disk = {
      open: (path) => durableFiles.open(path),
      write: async (...where) => {
        await new Promise<void>((resolve) => writes.push(resolve));
        await durableFiles.write(...where);
      },
    };
    open();
    const events: string[] = [];
    void put('a', '1').then(() => events.push('a'));
    void wal.close().then(() => events.push('closed'));
    void put('b', '1').catch((error: Error) => events.push(error.name));
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    expect(events).toEqual(['StorageWriteError']);
    writes.shift()?.();
    await until(() => events.length === 3);
    expect(events).toEqual(['StorageWriteError', 'a', 'closed']);
    expect(store.entries).toEqual({ a: '1' });
  });

  it('closes while a commit waits for a file', async () => {
    store.automatic = false;
    for (const name of ['1', '2', '3', '4', '5', '6']) await put(name);
    const seventh = put('7');
    store.automatic = true;
    await Promise.all([seventh, wal.close()]);
    expect(Object.keys(store.entries)).toEqual(['1', '2', '3', '4', '5', '6', '7']);
  });

  it('closes once, and takes nothing afterwards', async () => {
    await put('a', '1');
    await wal.close();
    await wal.close();
    await expect(put('b', '1')).rejects.toBeInstanceOf(StorageWriteError);
    open();
    expect(store.entries).toEqual({ a: '1' });
  });

  it('fails the commit that waits for a file when the store fails', async () => {
    store.automatic = false;
    for (const name of ['1', '2', '3', '4', '5', '6']) await put(name);
    const seventh = put('7');
    timers.fire();
    await until(() => store.commits.length === 1);
    store.commits.splice(0)[0]?.fail(new Error('EIO'));
    await expect(seventh).rejects.toMatchObject({ code: 'STORAGE_WRITE_FAILED' });
    store.automatic = true;
    wal.closeNow();
    open();
    expect(Object.keys(store.entries)).toEqual(['1', '2', '3', '4', '5', '6']);
  });
});
