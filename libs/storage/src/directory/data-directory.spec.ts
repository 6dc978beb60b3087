import { cpSync, existsSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sealRecord } from '../environment/checked-record.js';
import {
  CorruptionError,
  DataDirectoryForeignError,
  DataDirectoryInUseError,
  DataDirectoryUnwritableError,
  FormatVersionError,
} from '../errors.js';
import { logEntries } from '../test-support/log-entries.js';
import { ManualTimers } from '../test-support/manual-timers.js';
import { editRaw, flipBit } from '../test-support/raw-record.js';
import { install } from '../test-support/snapshots.js';
import { temporaryFolders } from '../test-support/temporary-folder.js';
import { DataDirectory } from './data-directory.js';

const KEY = Buffer.from('directory');

describe('DataDirectory', () => {
  const folder = temporaryFolders();
  const open = (path: string, nodeId = 'node1'): DataDirectory =>
    DataDirectory.open(path, { nodeId });

  /** A closed folder with a log of 40 entries, compacted through 10, and state through 30. */
  async function used(): Promise<string> {
    const path = folder();
    const directory = open(path);
    await directory.log.write([{ group: 'a', entries: logEntries(1, 40) }]);
    const group = directory.state.group('a');
    for (let index = 1; index <= 30; index++) {
      group.put('t', `key ${index}`, Buffer.alloc(2_000, index));
      group.markApplied(index, 1);
    }
    await directory.state.flush();
    await directory.log.write([
      { group: 'a', entries: [], compactThrough: { index: 10, term: 1, timeMs: 9.5 } },
    ]);
    await directory.close();
    return path;
  }

  const refused = (path: string): string => {
    try {
      void open(path);
    } catch (error) {
      expect(error).toBeInstanceOf(CorruptionError);
      expect(existsSync(join(path, 'lock'))).toBe(false);
      return error instanceof Error ? error.message : '';
    }
    throw new Error('the folder was opened');
  };

  it('makes a folder with an identity of its own and keeps it', async () => {
    const path = join(folder(), 'not', 'there', 'yet');
    const directory = open(path);
    const { replicaId } = directory.identity;
    expect(replicaId).toMatch(/^[0-9a-f]{32}$/);
    expect(directory.identity).toEqual({ replicaId, formatVersion: 2, created: true });
    await directory.close();
    const again = open(path);
    expect(again.identity).toEqual({ replicaId, formatVersion: 2, created: false });
    await again.close();
    const other = open(folder());
    expect(other.identity.replicaId).not.toBe(replicaId);
    await other.close();
  });

  it('keeps meta values after the flush', async () => {
    const path = folder();
    const directory = open(path);
    expect(directory.readMeta('clusterId')).toBeUndefined();
    expect(directory.readMeta('constructor')).toBeUndefined();
    const written = directory.writeMeta('clusterId', Buffer.from([0, 255, 128]));
    expect(directory.readMeta('clusterId')).toBeUndefined();
    await Promise.all([written, directory.writeMeta('formation', Buffer.from('x'))]);
    await directory.close();
    const again = open(path);
    expect([...(again.readMeta('clusterId') ?? [])]).toEqual([0, 255, 128]);
    expect(again.readMeta('formation')).toEqual(Buffer.from('x'));
    await again.close();
  });

  it('is held once', async () => {
    const path = folder();
    const directory = open(path);
    expect(() => open(path)).toThrow(DataDirectoryInUseError);
    await directory.close();
    await open(path).close();
  });

  it('refuses what cannot be a folder, another node and another format', async () => {
    const path = folder();
    writeFileSync(join(path, 'file'), '');
    expect(() => open(join(path, 'file', 'data'))).toThrow(DataDirectoryUnwritableError);

    const used1 = await used();
    expect(() => open(used1, 'node2')).toThrow(DataDirectoryForeignError);
    expect(() => open(used1, 'node2')).toThrow("belongs to node 'node1' and not to 'node2'");

    await editRaw(used1, { environment: 'log', table: 'meta' }, (table) =>
      table.putSync(KEY, sealRecord(KEY, Buffer.from('{"formatVersion":9}'))),
    );
    expect(() => open(used1)).toThrow(FormatVersionError);
    expect(() => open(used1)).toThrow(
      'format version 9 and this program reads and writes version 2',
    );
  });

  it('refuses a folder from before the write-ahead log by its version', async () => {
    const path = await used();
    const { replicaId } = await reopened(path);
    const record = { formatVersion: 1, replicaId, nodeId: 'node1', complete: true, meta: {} };
    const sealed = sealRecord(KEY, Buffer.from(JSON.stringify(record)));
    for (const environment of ['log', 'state'] as const) {
      await editRaw(path, { environment, table: 'meta' }, (table) => table.putSync(KEY, sealed));
    }
    for (const name of ['wal-1', 'wal-2']) rmSync(join(path, 'log', name));
    expect(() => open(path)).toThrow(FormatVersionError);
    expect(() => open(path)).toThrow(
      'format version 1 and this program reads and writes version 2',
    );
    expect(existsSync(join(path, 'log', 'wal-1'))).toBe(false);
  });

  it.each(['log', 'state'])('refuses a folder whose %s is gone', async (environment) => {
    const path = await used();
    rmSync(join(path, environment), { recursive: true });
    expect(refused(path)).toContain(`${environment === 'log' ? 'its log' : 'its state'} is gone`);
    expect(refused(path)).toContain('it must not vote');
    expect(existsSync(join(path, environment, 'data.mdb'))).toBe(false);
  });

  it.each(['wal-1', 'wal-2'])(
    'refuses a folder whose log/%s is gone or from another',
    async (name) => {
      const path = await used();
      const file = join(path, 'log', name);
      rmSync(file);
      expect(refused(path)).toContain(`the write-ahead log ${file} is gone`);
      cpSync(join(await used(), 'log', name), file);
      expect(refused(path)).toContain(`the write-ahead log ${file} is that of replica`);
    },
  );

  it('refuses a folder of which nothing is left but the write-ahead log', async () => {
    const path = await used();
    rmSync(join(path, 'state'), { recursive: true });
    rmSync(join(path, 'log', 'data.mdb'));
    expect(refused(path)).toContain('has a write-ahead log but its log is gone');
  });

  it('has after a crash what was only in the write-ahead log, and refuses it changed', async () => {
    const path = folder();
    const directory = DataDirectory.open(
      path,
      { nodeId: 'node1' },
      { walTimers: new ManualTimers(), walFileBytes: 64 * 1024 },
    );
    await directory.writeMeta('clusterId', Buffer.from('c1'));
    await directory.log.write([{ group: 'a', entries: logEntries(1, 9) }]);
    const [crashed, damaged] = [folder(), folder()];
    cpSync(path, crashed, { recursive: true });
    await directory.close();
    rmSync(join(crashed, 'lock'));
    cpSync(crashed, damaged, { recursive: true });

    const file = join(damaged, 'log', 'wal-1');
    const bytes = readFileSync(file);
    bytes.write('ENTRY', bytes.indexOf('entry 9'));
    writeFileSync(file, bytes);
    expect(refused(damaged)).toContain(`${file} fails its checksum`);

    const again = open(crashed);
    expect(again.readMeta('clusterId')).toEqual(Buffer.from('c1'));
    expect(again.log.entries('a', 1, 10, 1e9)).toEqual(logEntries(1, 9));
    await again.close();
  });

  it.each(['log', 'state'])('refuses a folder whose %s comes from another', async (environment) => {
    const path = await used();
    const other = await used();
    cpSync(join(other, environment), join(path, environment), { recursive: true });
    expect(refused(path)).toContain('has the log of replica');
  });

  it.each(['log', 'state'] as const)(
    'refuses a folder whose %s has lost its identity',
    async (environment) => {
      const path = await used();
      await editRaw(path, { environment, table: 'meta' }, (table) => table.removeSync(KEY));
      expect(refused(path)).toContain(`the identity of the ${environment}`);
      const changed = await used();
      await editRaw(changed, { environment, table: 'meta' }, (table) => flipBit(table, KEY, 20));
      expect(refused(changed)).toContain('the identity of the database');
    },
  );

  it.each(['log', 'state'])('refuses a %s that is cut, at any page', async (environment) => {
    const path = await used();
    const whole = folder();
    cpSync(path, whole, { recursive: true });
    for (const bytes of [0, 100, 4_096, 8_192, 12_288, 16_384]) {
      cpSync(whole, path, { recursive: true });
      truncateSync(join(path, environment, 'data.mdb'), bytes);
      expect(refused(path)).toContain('data.mdb');
      expect(refused(path)).toContain('data.mdb');
    }
    cpSync(whole, path, { recursive: true });
    await open(path).close();
  });

  it('refuses files that are no database', async () => {
    const path = await used();
    writeFileSync(join(path, 'state', 'data.mdb'), Buffer.alloc(65_536));
    expect(refused(path)).toContain('does not begin as a database');
  });

  it('refuses a log that ends before the state, or begins behind it', async () => {
    const path = folder();
    const old = folder();
    const write = async (from: number, to: number, applied: number): Promise<void> => {
      const directory = open(path);
      await directory.log.write([{ group: 'a', entries: logEntries(from, to) }]);
      directory.state.group('a').markApplied(applied, 1);
      await directory.close();
    };
    await write(1, 5, 4);
    cpSync(path, old, { recursive: true });
    await write(6, 9, 8);

    const early = folder();
    cpSync(path, early, { recursive: true });
    cpSync(join(old, 'log'), join(early, 'log'), { recursive: true });
    expect(refused(early)).toContain('through entry 8 but a log that ends at 5');

    const directory = open(path);
    await directory.log.write([
      { group: 'a', entries: [], compactThrough: { index: 7, term: 1, timeMs: 9.5 } },
    ]);
    await directory.close();
    cpSync(join(old, 'state'), join(path, 'state'), { recursive: true });
    expect(refused(path)).toContain('begins behind entry 7 but state only through entry 4');
  });

  it('opens with an installed snapshot ahead of the log, and refuses any other state ahead of it', async () => {
    const point = { index: 30, term: 2, timeMs: 5 };
    const path = folder();
    const directory = open(path);
    await directory.log.write([{ group: 'a', entries: logEntries(1, 9) }]);
    directory.state.group('a').markApplied(8, 1);
    await directory.state.flush();
    await install(directory, 'a', point);
    await directory.close();
    const ahead = folder();
    cpSync(path, ahead, { recursive: true });

    const again = open(path);
    expect(again.log.load('a')).toMatchObject({ baseIndex: 0, lastIndex: 9 });
    expect(again.state.group('a').installed).toEqual(point);
    await again.log.write([{ group: 'a', entries: [], compactThrough: point }]);
    await again.log.write([{ group: 'a', entries: logEntries(31, 40, 2) }]);
    again.state.group('a').markApplied(33, 2);
    await again.close();

    cpSync(join(ahead, 'log'), join(path, 'log'), { recursive: true });
    expect(refused(path)).toContain('through entry 33 but a log that ends at 9');

    const lost = open(ahead);
    await lost.log.write([{ group: 'a', entries: [], compactThrough: { ...point, index: 31 } }]);
    await lost.close();
    expect(refused(ahead)).toContain('begins behind entry 31 but state only through entry 30');
  });

  it('finishes a folder whose making was interrupted', async () => {
    const path = folder();
    const directory = open(path);
    const { replicaId } = directory.identity;
    await directory.close();
    const record = { formatVersion: 2, replicaId, nodeId: 'node1', complete: false, meta: {} };
    const sealed = sealRecord(KEY, Buffer.from(JSON.stringify(record)));
    const log = { environment: 'log', table: 'meta' } as const;

    await editRaw(path, log, (table) => table.putSync(KEY, sealed));
    const afterBoth = open(path);
    expect(afterBoth.identity.created).toBe(true);
    await afterBoth.close();

    await editRaw(path, log, (table) => table.putSync(KEY, sealed));
    rmSync(join(path, 'state'), { recursive: true });
    const afterLog = open(path);
    expect(afterLog.identity.created).toBe(true);
    await afterLog.close();
    expect((await reopened(path)).created).toBe(false);
  });

  async function reopened(path: string): Promise<DataDirectory['identity']> {
    const directory = open(path);
    await directory.close();
    return directory.identity;
  }
});
