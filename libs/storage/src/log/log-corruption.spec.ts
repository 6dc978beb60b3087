import { DataDirectory } from '../directory/data-directory.js';
import { CorruptionError } from '../errors.js';
import { editRaw, flipBit } from '../test-support/raw-record.js';
import { logEntries } from '../test-support/log-entries.js';
import { temporaryFolders } from '../test-support/temporary-folder.js';
import { entryKey } from './log-entry-record.js';

type Edit = Parameters<typeof editRaw>[2];

describe('LogStore on a damaged disk', () => {
  const folder = temporaryFolders();
  const opened: DataDirectory[] = [];
  afterEach(async () => {
    for (const directory of opened.splice(0)) await directory.close();
  });

  /** Group 'a' (ordinal 0) has entries 3 to 8 behind base 2; group 'b' (ordinal 1) has 1 and 2. */
  async function damaged(table: 'entries' | 'meta', edit: Edit): Promise<string> {
    const path = folder();
    const directory = DataDirectory.open(path, { nodeId: 'node1' });
    await directory.log.write([
      { group: 'a', hardState: { term: 2, votedFor: 'node1' }, entries: logEntries(1, 8) },
      { group: 'b', entries: logEntries(1, 2) },
    ]);
    directory.state.group('a').markApplied(2, 1);
    await directory.state.flush();
    await directory.log.write([
      { group: 'a', entries: [], compactThrough: { index: 2, term: 1, timeMs: 9.5 } },
    ]);
    await directory.close();
    await editRaw(path, { environment: 'log', table }, edit);
    return path;
  }

  function open(path: string): DataDirectory {
    const directory = DataDirectory.open(path, { nodeId: 'node1' });
    opened.push(directory);
    return directory;
  }

  const load = (path: string) => (): unknown => open(path).log.load('a');
  const key = (index: number): Buffer => entryKey(0, index);

  it.each([
    ['a bit of the data', -1],
    ['a bit of the term', 9],
    ['a bit of the checksum', 0],
  ])('finds %s changed when it loads and when it reads', async (_what, byte) => {
    const path = await damaged('entries', (table) => flipBit(table, key(5), byte));
    const { log } = open(path);
    const message = /^entry 5 of group 'a' in .*log fails its checksum: this disk lost or changed/;
    expect(() => log.load('a')).toThrow(message);
    expect(() => log.load('a')).toThrow(CorruptionError);
    expect(() => log.entries('a', 3, 9, 1e9)).toThrow(message);
    expect(() => log.term('a', 5)).toThrow(message);
    expect(log.load('b').lastIndex).toBe(2);
  });

  it('finds every single flipped bit of a record', async () => {
    const path = await damaged('entries', () => undefined);
    const bytes = 4 + 15 + Buffer.byteLength('entry 5 of term 1');
    for (let byte = 0; byte < bytes; byte++) {
      await editRaw(path, { environment: 'log', table: 'entries' }, (table) =>
        flipBit(table, key(5), byte),
      );
      const directory = DataDirectory.open(path, { nodeId: 'node1' });
      expect(() => directory.log.load('a')).toThrow("entry 5 of group 'a'");
      await directory.close();
      await editRaw(path, { environment: 'log', table: 'entries' }, (table) =>
        flipBit(table, key(5), byte),
      );
    }
    expect(open(path).log.load('a').lastIndex).toBe(8);
  });

  it.each([
    ['first', 3],
    ['middle', 6],
    ['last', 8],
  ])('finds the %s entry lost', async (_which, index) => {
    const path = await damaged('entries', (table) => table.removeSync(key(index)));
    expect(load(path)).toThrow(`entry ${index} of group 'a'`);
    expect(() => opened[0]?.log.entries('a', index, index + 1, 1e9)).toThrow('is missing');
  });

  it('finds an entry under another index', async () => {
    const path = await damaged('entries', (table) => {
      table.putSync(key(6), Buffer.from(table.get(key(5)) ?? ''));
    });
    expect(load(path)).toThrow("entry 6 of group 'a'");
  });

  it.each([
    ['behind the last', 9],
    ['before the base', 1],
  ])('finds an entry %s one', async (_where, index) => {
    const path = await damaged('entries', (table) => {
      table.putSync(key(index), Buffer.from(table.get(key(8)) ?? ''));
    });
    expect(load(path)).toThrow(CorruptionError);
  });

  it.each([
    ['changed', (table: Parameters<Edit>[0]): void => flipBit(table, key(0), 6)],
    ['lost', (table: Parameters<Edit>[0]): void => void table.removeSync(key(0))],
  ])('refuses a folder with a hard state %s', async (_what, edit) => {
    const path = await damaged('entries', edit);
    expect(() => open(path)).toThrow(/^the hard state of group 'a' in .* (is missing|fails its)/);
  });

  it.each([
    ['lost', (table: Parameters<Edit>[0]): void => void table.removeSync(Buffer.from('groups'))],
    ['changed', (table: Parameters<Edit>[0]): void => flipBit(table, Buffer.from('groups'), 6)],
  ])('refuses a folder with the list of groups %s', async (_what, edit) => {
    const path = await damaged('meta', edit);
    expect(() => open(path)).toThrow(CorruptionError);
  });
});
