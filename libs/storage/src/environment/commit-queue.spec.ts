import { LOG_COMMIT_BYTES_MAX, LOG_PENDING_BYTES_MAX } from '../limits.js';
import { StorageOverloadedError, StorageWriteError } from '../errors.js';
import { CommitQueue } from './commit-queue.js';
import type { Change, Environment } from './environment.js';

/** A disk whose commits end when the test says so. */
class ScriptedDisk {
  readonly path = '/disk';
  readonly commits: { keys: string[]; end: () => void; fail: (error: Error) => void }[] = [];

  commit(changes: readonly Change[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.commits.push({
        keys: changes.map((change) => change.key.toString()),
        end: resolve,
        fail: reject,
      });
    });
  }
}

const change = (key: string): Change =>
  ({ table: undefined, key: Buffer.from(key), value: null }) as unknown as Change;
const turn = (): Promise<void> => new Promise(setImmediate);

describe('CommitQueue', () => {
  let disk: ScriptedDisk;
  let queue: CommitQueue;
  let log: string[];
  const submit = (key: string, bytes = 1): void => {
    queue.submit({ bytes, changes: [change(key)] }).then(
      () => log.push(`${key} done`),
      (error: Error) => log.push(`${key} ${error.name}`),
    );
  };

  beforeEach(() => {
    disk = new ScriptedDisk();
    queue = new CommitQueue(disk as unknown as Environment);
    log = [];
  });

  it('joins what one turn submits, and what arrives during a commit, in order', async () => {
    submit('a');
    submit('b');
    await turn();
    submit('c');
    submit('d');
    await turn();
    expect(disk.commits.map((commit) => commit.keys)).toEqual([['a', 'b']]);
    expect(log).toEqual([]);
    disk.commits[0]?.end();
    await turn();
    expect(log).toEqual(['a done', 'b done']);
    expect(disk.commits.map((commit) => commit.keys)).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ]);
    disk.commits[1]?.end();
    await turn();
    expect(log).toEqual(['a done', 'b done', 'c done', 'd done']);
  });

  it('splits what is too much for one commit, but no single write', async () => {
    submit('a', LOG_COMMIT_BYTES_MAX * 2);
    submit('b', LOG_COMMIT_BYTES_MAX / 2);
    submit('c', LOG_COMMIT_BYTES_MAX / 2);
    submit('d', 1);
    for (const expected of [['a'], ['b', 'c'], ['d']]) {
      await turn();
      expect(disk.commits.at(-1)?.keys).toEqual(expected);
      disk.commits.at(-1)?.end();
    }
    await queue.settled();
    expect(disk.commits).toHaveLength(3);
  });

  it('rejects what waits and what comes after a failed commit', async () => {
    submit('a');
    await turn();
    submit('b');
    const cause = new Error('EIO');
    disk.commits[0]?.fail(cause);
    await turn();
    submit('c');
    await turn();
    expect(log).toEqual(['a StorageWriteError', 'b StorageWriteError', 'c StorageWriteError']);
    expect(disk.commits).toHaveLength(1);
    expect(() => queue.check(1)).toThrow(StorageWriteError);
    await expect(queue.settled()).rejects.toMatchObject({ code: 'STORAGE_WRITE_FAILED', cause });
  });

  it('refuses more as soon as it closes, and is closed when what waited is written', async () => {
    submit('a', LOG_COMMIT_BYTES_MAX);
    await turn();
    submit('b', LOG_COMMIT_BYTES_MAX);
    submit('c');
    void queue.close().then(() => log.push('closed'));
    submit('d');
    expect(() => queue.check(1)).toThrow('the store is closed');
    for (let commit = 0; commit < 3; commit++) {
      await turn();
      expect(log).not.toContain('closed');
      submit(`late ${commit}`);
      disk.commits[commit]?.end();
    }
    await turn();
    expect(disk.commits.map((commit) => commit.keys)).toEqual([['a'], ['b'], ['c']]);
    expect(log.filter((line) => line.endsWith('done'))).toEqual(['a done', 'b done', 'c done']);
    expect(log.at(-1)).toBe('closed');
    expect(log).toContain('d StorageWriteError');
    expect(log).toContain('late 2 StorageWriteError');
  });

  it('closes after a failed commit', async () => {
    submit('a');
    await turn();
    submit('b');
    const closed = queue.close();
    disk.commits[0]?.fail(new Error('EIO'));
    await closed;
    expect(log).toEqual(['a StorageWriteError', 'b StorageWriteError']);
  });

  it('refuses more than may wait', async () => {
    submit('a', LOG_PENDING_BYTES_MAX);
    expect(() => queue.check(1)).toThrow(StorageOverloadedError);
    await turn();
    disk.commits[0]?.end();
    await queue.settled();
    await turn();
    queue.check(1);
  });
});
