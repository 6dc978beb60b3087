import fs from 'node:fs';
import { join } from 'node:path';
import { temporaryFolders } from '../test-support/temporary-folder.js';
import { durableFiles } from './durable-files.js';
import { RECORDS_AT } from './format/wal-scan.js';
import { WalFile } from './wal-file.js';

const HEADER = { replicaId: 'd'.repeat(32), generation: 1, fileBytes: RECORDS_AT + 600 * 1024 };

describe('WalFile', () => {
  const folder = temporaryFolders();
  const { writeSync } = fs;
  /** A disk that takes no more than so many bytes at a time. */
  const takeAtMost = (bytes: number): void => {
    jest
      .spyOn(fs, 'writeSync')
      .mockImplementation(((
        descriptor: number,
        from: Buffer,
        at: number,
        length: number,
        to: number,
      ) => writeSync(descriptor, from, at, Math.min(bytes, length), to)) as typeof writeSync);
  };
  afterEach(() => jest.restoreAllMocks());

  it('is made whole by a disk that takes a part at a time', () => {
    const [path, expected] = [join(folder(), 'wal-1'), join(folder(), 'wal-1')];
    WalFile.create(expected, HEADER);
    takeAtMost(300);
    WalFile.create(path, HEADER);
    expect(fs.writeSync).toHaveBeenCalled();
    expect(fs.readFileSync(path).equals(fs.readFileSync(expected))).toBe(true);
  });

  it('is not made by a disk that takes nothing', () => {
    takeAtMost(0);
    expect(() => WalFile.create(join(folder(), 'wal-1'), HEADER)).toThrow(
      'the disk took 0 of 262144 bytes',
    );
  });

  it('has nothing but zeros behind its end when a torn record is erased, a part at a time', () => {
    const path = join(folder(), 'wal-1');
    WalFile.create(path, HEADER);
    const made = fs.readFileSync(path);
    const torn = Buffer.from(made).fill(7, RECORDS_AT + 512);
    fs.writeFileSync(path, torn);
    const file = WalFile.open(path, HEADER.replicaId, durableFiles);
    expect(file.scan()).toEqual({ records: [], end: RECORDS_AT, torn: true });
    takeAtMost(1_000);
    file.eraseTorn();
    file.close();
    expect(fs.readFileSync(path).equals(made)).toBe(true);
  });
});
