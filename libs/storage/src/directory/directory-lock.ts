import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { DataDirectoryInUseError, DataDirectoryUnwritableError, StorageError } from '../errors.js';
import { codeOf } from '../foreign-error.js';
import { LOCK_ATTEMPTS_MAX } from '../limits.js';
import { isRunning, processIdentity, type ProcessIdentity } from './process-identity.js';

/** Content of a lock file. */
interface Claim extends ProcessIdentity {
  /** Random, differs for every claim. */
  readonly token: string;
}

/**
 * One process per folder: the file `lock` names it.
 *
 * `link` makes the file, complete or not at all. A dead holder's claim is taken over by making
 * `lock.<its token>`, which only one process can do; only that one may replace `lock`, and only if
 * it still holds the dead claim. So two processes that find the same dead claim never both win, and
 * neither can remove the other's fresh one. A process that dies in between is taken over likewise.
 *
 * It tells apart processes that see each other's pids; two containers with a common volume do not.
 */
export class DirectoryLock {
  private constructor(
    private readonly path: string,
    private readonly claim: Claim,
  ) {}

  /** @throws DataDirectoryInUseError, DataDirectoryUnwritableError */
  static acquire(directory: string): DirectoryLock {
    const claim = { ...processIdentity(process.pid), token: randomBytes(16).toString('hex') };
    const lock = new DirectoryLock(join(directory, 'lock'), claim);
    const draft = join(directory, `lock-draft.${claim.token}`);
    try {
      writeDurably(draft, JSON.stringify(claim));
      for (let attempt = 0; attempt < LOCK_ATTEMPTS_MAX; attempt++) {
        const holder = lock.tryAcquire(draft);
        if (holder === 'acquired') return lock;
        if (holder !== 'changed') throw new DataDirectoryInUseError(directory, holder.pid);
      }
      throw new DataDirectoryInUseError(directory, readClaim(lock.path)?.pid ?? 0);
    } catch (error) {
      if (error instanceof StorageError) throw error;
      throw new DataDirectoryUnwritableError(directory, error);
    } finally {
      rmSync(draft, { force: true });
    }
  }

  /** Removes the file, unless another process has taken it over. */
  release(): void {
    if (readClaim(this.path)?.token === this.claim.token) rmSync(this.path, { force: true });
  }

  private tryAcquire(draft: string): 'acquired' | 'changed' | Claim {
    if (tryLink(draft, this.path)) return 'acquired';
    const holder = readClaim(this.path);
    if (holder === undefined) return 'changed';
    if (isRunning(holder)) return holder;
    return this.takeOver(draft, holder);
  }

  /** Follows the dead claims from the one in `lock` to the last, and succeeds that one. */
  private takeOver(draft: string, holder: Claim): 'acquired' | 'changed' | Claim {
    const successions: string[] = [];
    for (let dead = holder; ;) {
      const succession = `${this.path}.${dead.token}`;
      successions.push(succession);
      if (tryLink(draft, succession)) break;
      const successor = readClaim(succession);
      if (successor === undefined) return 'changed';
      if (isRunning(successor)) return successor;
      dead = successor;
    }
    if (readClaim(this.path)?.token !== holder.token) {
      rmSync(successions.at(-1) ?? '', { force: true });
      return 'changed';
    }
    renameSync(successions.at(-1) ?? '', this.path);
    successions.forEach((succession) => rmSync(succession, { force: true }));
    return 'acquired';
  }
}

function writeDurably(path: string, content: string): void {
  const file = openSync(path, 'wx');
  try {
    writeSync(file, content);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** False when the target exists. */
function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Undefined when there is no file. A file that is no claim counts as one of a dead process. */
function readClaim(path: string): Claim | undefined {
  let content: string;
  try {
    content = readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
  try {
    const claim: unknown = JSON.parse(content);
    if (isClaim(claim)) return claim;
  } catch {
    // Not JSON: cut by a crash of the machine.
  }
  return { pid: 0, started: 'never', token: 'unreadable' };
}

function isClaim(claim: unknown): claim is Claim {
  return (
    typeof claim === 'object' &&
    claim !== null &&
    'pid' in claim &&
    Number.isInteger(claim.pid) &&
    Number(claim.pid) > 0 &&
    'started' in claim &&
    (claim.started === null || typeof claim.started === 'string') &&
    'token' in claim &&
    typeof claim.token === 'string' &&
    /^[0-9a-f]{32}$/.test(claim.token)
  );
}
