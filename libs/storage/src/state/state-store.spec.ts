import { InvariantViolation } from '@sinkron/invariant';
import { DataDirectory } from '../directory/data-directory.js';
import {
  STATE_COMMIT_INTERVAL_MS,
  STATE_COMMIT_RECORDS,
  STATE_OVERLAY_BYTES_MAX,
} from '../limits.js';
import { ManualTimers } from '../test-support/manual-timers.js';
import { logEntries } from '../test-support/log-entries.js';
import { editRaw, flipBit } from '../test-support/raw-record.js';
import { temporaryFolders } from '../test-support/temporary-folder.js';
import { appliedKey } from './group-records.js';
import { stateKey } from './state-key.js';

const bytes = (text: string): Buffer => Buffer.from(text);

describe('StateStore', () => {
  const folder = temporaryFolders();
  let path: string;
  let timers: ManualTimers;
  let directory: DataDirectory;
  const open = (): DataDirectory => {
    timers = new ManualTimers();
    return DataDirectory.open(path, { nodeId: 'node1' }, { timers });
  };
  const reopen = async (): Promise<void> => {
    await directory.close();
    directory = open();
  };

  beforeEach(async () => {
    path = folder();
    directory = open();
    await directory.log.write([
      { group: 'a', entries: logEntries(1, 50) },
      { group: 'b', entries: logEntries(1, 50) },
    ]);
  });
  afterEach(() => directory.close().catch(() => undefined));

  it('shows changes at once and keeps them with the applied index', async () => {
    const group = directory.state.group('a');
    group.put('t', 'k', bytes('1'));
    expect(group.get('t', 'k')).toEqual(bytes('1'));
    expect(group.get('u', 'k')).toBeUndefined();
    group.markApplied(1, 1);
    group.remove('t', 'k');
    group.put('t', 'l', bytes('2'));
    group.markApplied(4, 2);
    expect(group.get('t', 'k')).toBeUndefined();
    expect([group.appliedIndex, group.appliedTerm, group.flushedIndex]).toEqual([4, 2, 0]);
    await directory.state.flush();
    expect(group.flushedIndex).toBe(4);
    await reopen();
    const again = directory.state.group('a');
    expect([again.appliedIndex, again.appliedTerm, again.flushedIndex]).toEqual([4, 2, 4]);
    expect([...again.range('t')]).toEqual([['l', bytes('2')]]);
    expect(directory.state.group('b').appliedIndex).toBe(0);
  });

  it('commits one interval after the first change, and several groups together', async () => {
    const { state } = directory;
    expect(timers.delaysMs).toEqual([]);
    state.group('a').put('t', 'k', bytes('1'));
    state.group('a').markApplied(1, 1);
    state.group('b').markApplied(3, 1);
    expect(timers.delaysMs).toEqual([STATE_COMMIT_INTERVAL_MS]);
    timers.fire();
    state.group('a').markApplied(2, 1);
    expect(timers.delaysMs).toEqual([]);
    await state.flush();
    expect(state.group('a').flushedIndex).toBe(2);
    expect(state.group('b').flushedIndex).toBe(3);
    expect(timers.delaysMs).toEqual([]);
  });

  it('arms the timer again for changes made during a commit', async () => {
    const { state } = directory;
    const group = state.group('a');
    group.markApplied(1, 1);
    timers.fire();
    group.markApplied(2, 1);
    while (group.flushedIndex < 1) await new Promise(setImmediate);
    while (timers.delaysMs.length === 0) await new Promise(setImmediate);
    expect(group.flushedIndex).toBe(1);
    expect(timers.delaysMs).toEqual([STATE_COMMIT_INTERVAL_MS]);
  });

  it('hurries when half full, and is saturated until a commit makes room', async () => {
    const { state } = directory;
    const group = state.group('a');
    const drained: boolean[] = [];
    state.onDrained(() => drained.push(state.saturated));
    group.put('t', 'half', Buffer.alloc(STATE_OVERLAY_BYTES_MAX / 2));
    expect(timers.delaysMs).toEqual([0]);
    expect(state.saturated).toBe(false);
    group.put('t', 'rest', Buffer.alloc(STATE_OVERLAY_BYTES_MAX / 2));
    expect(state.saturated).toBe(true);
    group.markApplied(1, 1);
    await state.flush();
    expect(state.saturated).toBe(false);
    expect(drained).toEqual([false]);
  });

  it('hurries when many records have changed, each counted once', async () => {
    const { state } = directory;
    const change = (group: string, count: number): void => {
      for (let at = 0; at < count; at++) state.group(group).put('t', String(at), bytes('1'));
    };
    for (let index = 1; index <= 2; index++) {
      change('a', STATE_COMMIT_RECORDS - 1);
      change('a', STATE_COMMIT_RECORDS - 1);
      change('b', 1);
      state.group('b').remove('t', '0');
      expect(timers.delaysMs).toEqual([STATE_COMMIT_INTERVAL_MS]);
      change('b', 2);
      expect(timers.delaysMs).toEqual([0]);
      state.group('a').markApplied(index, 1);
      state.group('b').markApplied(index, 1);
      await state.flush();
    }
  });

  it('counts a replaced or removed value no longer', () => {
    const { state } = directory;
    const group = state.group('a');
    group.put('t', 'k', Buffer.alloc(STATE_OVERLAY_BYTES_MAX + 1));
    expect(state.saturated).toBe(true);
    group.put('t', 'k', bytes('small'));
    expect(state.saturated).toBe(false);
    group.markApplied(1, 1);
  });

  it('waits for the log: state never reaches the disk before its entries', async () => {
    const { log, state } = directory;
    const order: string[] = [];
    const written = log
      .write([{ group: 'a', entries: logEntries(51, 60) }])
      .then(() => order.push('log'));
    state.group('a').markApplied(60, 1);
    await state.flush().then(() => order.push('state'));
    await written;
    expect(order).toEqual(['log', 'state']);
  });

  it('stops the node when state was applied from an entry that the log does not have', async () => {
    const { state } = directory;
    const errors: Error[] = [];
    state.onError((error) => errors.push(error));
    state.group('a').markApplied(51, 1);
    await expect(state.flush()).rejects.toThrow('StateStore: applied <= logged');
    expect(errors.map((error) => error.constructor)).toEqual([InvariantViolation]);
  });

  it('stops the node when a commit would split an entry', async () => {
    const { state } = directory;
    const errors: Error[] = [];
    state.onError((error) => errors.push(error));
    state.group('a').put('t', 'k', bytes('half an entry'));
    await expect(state.flush()).rejects.toThrow('GroupStateStore: a commit holds whole entries');
    expect(errors).toHaveLength(1);
  });

  it('tells the error listener of a failed commit and writes nothing more', async () => {
    const { state } = directory;
    const errors: Error[] = [];
    state.onError((error) => errors.push(error));
    const { disk } = state as unknown as {
      disk: { environment: { root: { close(): Promise<void> } } };
    };
    await disk.environment.root.close();
    state.group('a').markApplied(1, 1);
    timers.fire();
    while (errors.length === 0) await new Promise(setImmediate);
    expect(errors.map((error) => error.name)).toEqual(['StorageWriteError']);
    expect(errors[0]?.cause).toBeDefined();
    state.group('a').markApplied(2, 1);
    expect(timers.delaysMs).toEqual([]);
    await expect(state.flush()).rejects.toBe(errors[0]);
    expect(state.group('a').flushedIndex).toBe(0);
  });

  it('refuses an index that does not grow and a term that falls', () => {
    const group = directory.state.group('a');
    group.markApplied(3, 2);
    expect(() => group.markApplied(3, 2)).toThrow(InvariantViolation);
    expect(() => group.markApplied(4, 1)).toThrow(InvariantViolation);
  });

  it('refuses keys that the disk cannot tell apart or hold', () => {
    const group = directory.state.group('a');
    expect(() => group.put('t', 'a\uD800', bytes(''))).toThrow('well-formed');
    expect(() => group.put('t\0', 'a', bytes(''))).toThrow('plain name');
    expect(() => group.put('', 'a', bytes(''))).toThrow('plain name');
    expect(() => group.put('t', 'é'.repeat(985), bytes(''))).toThrow('STATE_KEY_BYTES_MAX');
    group.put('tt', 'é'.repeat(984), bytes('longest'));
    group.markApplied(1, 1);
  });

  it('keeps keys apart that run on from table to key', async () => {
    const group = directory.state.group('a');
    group.put('t', '', bytes('empty'));
    group.put('t', '\0', bytes('zero'));
    group.put('tu', 'k', bytes('tu'));
    group.put('t', 'uk', bytes('t'));
    group.markApplied(1, 1);
    directory.state.group('b').put('t', 'other group', bytes('b'));
    directory.state.group('b').markApplied(1, 1);
    await reopen();
    const again = directory.state.group('a');
    expect([...again.range('t')]).toEqual([
      ['', bytes('empty')],
      ['\0', bytes('zero')],
      ['uk', bytes('t')],
    ]);
    expect([...again.range('tu')]).toEqual([['k', bytes('tu')]]);
  });

  it('finds a changed value and a lost or changed applied index', async () => {
    const group = directory.state.group('a');
    group.put('t', 'k', bytes('value'));
    group.markApplied(1, 1);
    await directory.close();
    const where = { environment: 'state', table: 'records' } as const;
    await editRaw(path, where, (table) => flipBit(table, stateKey(0, 't', 'k'), -1));
    directory = open();
    expect(() => directory.state.group('a').get('t', 'k')).toThrow(
      "record 'k' of table 't' of group 'a' fails its checksum",
    );
    expect(() => [...directory.state.group('a').range('t')]).toThrow('fails its checksum');
    await directory.close();
    await editRaw(path, where, (table) => flipBit(table, appliedKey(0), -1));
    expect(open).toThrow("the applied index of group 'a'");
    await editRaw(path, where, (table) => table.removeSync(appliedKey(0)));
    expect(open).toThrow('is missing');
  });
});
