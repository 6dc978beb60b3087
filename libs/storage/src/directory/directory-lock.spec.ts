import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DataDirectoryInUseError, DataDirectoryUnwritableError } from '../errors.js';
import { temporaryFolders } from '../test-support/temporary-folder.js';
import { DirectoryLock } from './directory-lock.js';
import { processIdentity } from './process-identity.js';

/** The pid of a process that has ended. */
async function deadPid(): Promise<number> {
  const child = spawn(process.execPath, ['-e', '']);
  await once(child, 'exit');
  return child.pid ?? 0;
}

const token = (digit: string): string => digit.repeat(32);

describe('DirectoryLock', () => {
  const folder = temporaryFolders();

  it('is held once, and again after its release', () => {
    const path = folder();
    const lock = DirectoryLock.acquire(path);
    expect(() => DirectoryLock.acquire(path)).toThrow(DataDirectoryInUseError);
    expect(() => DirectoryLock.acquire(path)).toThrow(
      `DATA_DIR ${path} is in use by process ${process.pid}: stop that process or set another DATA_DIR.`,
    );
    expect(readdirSync(path)).toEqual(['lock']);
    lock.release();
    expect(readdirSync(path)).toEqual([]);
    DirectoryLock.acquire(path).release();
  });

  it('names another process that holds it', async () => {
    const path = folder();
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    await once(child, 'spawn');
    const claim = { ...processIdentity(child.pid ?? 0), token: token('a') };
    writeFileSync(join(path, 'lock'), JSON.stringify(claim));
    try {
      expect(() => DirectoryLock.acquire(path)).toThrow(`in use by process ${child.pid}:`);
    } finally {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    DirectoryLock.acquire(path).release();
    expect(readdirSync(path)).toEqual([]);
  });

  it('is taken over from a pid that another process has now', () => {
    const path = folder();
    const claim = { pid: process.pid, started: 'another boot/1', token: token('b') };
    writeFileSync(join(path, 'lock'), JSON.stringify(claim));
    const lock = DirectoryLock.acquire(path);
    expect(JSON.parse(readFileSync(join(path, 'lock'), 'utf8'))).toMatchObject(
      processIdentity(process.pid),
    );
    expect(readdirSync(path)).toEqual(['lock']);
    lock.release();
  });

  it('is taken over when the file is no claim', () => {
    const path = folder();
    writeFileSync(join(path, 'lock'), '{"pid":');
    DirectoryLock.acquire(path).release();
    expect(readdirSync(path)).toEqual([]);
  });

  it('is not taken over from the process that is taking it over', async () => {
    const path = folder();
    const dead = { pid: await deadPid(), started: null, token: token('c') };
    writeFileSync(join(path, 'lock'), JSON.stringify(dead));
    const successor = { ...processIdentity(process.pid), token: token('d') };
    writeFileSync(join(path, `lock.${dead.token}`), JSON.stringify(successor));
    expect(() => DirectoryLock.acquire(path)).toThrow(DataDirectoryInUseError);
  });

  it('is taken over from a process that died while it took it over', async () => {
    const path = folder();
    const dead = { pid: await deadPid(), started: null, token: token('e') };
    writeFileSync(join(path, 'lock'), JSON.stringify(dead));
    const successor = { ...dead, token: token('f') };
    writeFileSync(join(path, `lock.${dead.token}`), JSON.stringify(successor));
    const lock = DirectoryLock.acquire(path);
    expect(readdirSync(path)).toEqual(['lock']);
    lock.release();
  });

  it('leaves the file of another process alone when it is released', () => {
    const path = folder();
    const lock = DirectoryLock.acquire(path);
    const other = JSON.stringify({ pid: 1, started: null, token: token('9') });
    writeFileSync(join(path, 'lock'), other);
    lock.release();
    expect(readFileSync(join(path, 'lock'), 'utf8')).toBe(other);
  });

  it('says that a folder cannot be written', () => {
    const path = join(folder(), 'missing');
    expect(() => DirectoryLock.acquire(path)).toThrow(DataDirectoryUnwritableError);
    mkdirSync(path);
    DirectoryLock.acquire(path).release();
  });
});
