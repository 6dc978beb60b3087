import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CLAIM_ATTEMPTS_MAX, FOREIGN_NAMES_SHOWN_MAX } from '../limits.js';
import { Refusal } from '../refusal.js';
import { codeOf } from '../system-error.js';
import { identify, isAlive, type ProcessIdentity } from './process-identity.js';
import { mismatch, type Settings } from './settings.js';

const MARKER_FILE = 'local-cluster.json';
const PID_FILE = 'local-cluster.pid';
const PROGRAM = 'sinkron local-cluster';
const NODE_FOLDER_PATTERN = /^node[1-9]\d?$/;

/**
 * The data folder of a local cluster, held by this process.
 *
 * Invariant: nothing is removed from a folder without the marker file of a local cluster, and of a
 * folder with it only the nodes' folders and the launcher's own files.
 */
export class DataFolder {
  private constructor(
    readonly path: string,
    /** What the cluster in it was made with; null in a new one. */
    private readonly stored: Settings | null,
  ) {}

  /**
   * Makes the folder when it is missing and takes its pid file, so that no two launchers use it.
   *
   * @throws Refusal when it is another program's, in use, or cannot be written.
   */
  static async claim(path: string, fresh: boolean): Promise<DataFolder> {
    const names = await listOrMake(path);
    const stored = names.includes(MARKER_FILE) ? await readMarker(path) : null;
    const foreign = names.filter((name) => name !== PID_FILE);
    if (stored === null && foreign.length > 0) throw foreignFolder(path, foreign, fresh);
    await takePidFile(path);
    return new DataFolder(path, stored);
  }

  /**
   * Empties the folder when asked to, compares the settings, and writes the marker.
   *
   * @throws Refusal when the cluster in it was made with other settings.
   */
  async prepare(settings: Settings, fresh: boolean): Promise<void> {
    if (fresh) {
      const names = await readdir(this.path);
      const own = names.filter((name) => NODE_FOLDER_PATTERN.test(name) || name === MARKER_FILE);
      // The marker goes last: a launcher that dies here leaves a folder that is still its own.
      own.sort((a, b) => Number(a === MARKER_FILE) - Number(b === MARKER_FILE));
      for (const name of own) await rm(join(this.path, name), { recursive: true, force: true });
    } else if (this.stored !== null) {
      const [option] = mismatch(this.stored, settings);
      if (option !== undefined) {
        const made = `${option} "${this.stored[option] ?? ''}"`;
        throw new Refusal(
          `The cluster in ${this.path} was made with ${made}, not ${option} "${settings[option] ?? ''}": start it with ${made}, name another folder with --data, or empty this one with --fresh.`,
        );
      }
      return;
    }
    const marker = JSON.stringify({ program: PROGRAM, format: 1, settings }, null, 2);
    await writeFile(join(this.path, MARKER_FILE), `${marker}\n`);
  }

  /** Gives the folder up; the data stays. */
  async release(): Promise<void> {
    await rm(join(this.path, PID_FILE), { force: true });
  }
}

async function listOrMake(path: string): Promise<readonly string[]> {
  try {
    await mkdir(path, { recursive: true });
    return await readdir(path);
  } catch (error) {
    throw new Refusal(
      `The data folder ${path} cannot be used (${codeOf(error)}): make it a folder that you may write to, or name another one with --data.`,
      { cause: error },
    );
  }
}

async function readMarker(path: string): Promise<Settings | null> {
  try {
    const marker: unknown = JSON.parse(await readFile(join(path, MARKER_FILE), 'utf8'));
    if (!isObject(marker) || marker['program'] !== PROGRAM) return null;
    const settings = marker['settings'];
    if (!isObject(settings)) return null;
    return Object.fromEntries(Object.entries(settings).map(([key, value]) => [key, String(value)]));
  } catch {
    return null;
  }
}

function foreignFolder(path: string, names: readonly string[], fresh: boolean): Refusal {
  const shown = names.slice(0, FOREIGN_NAMES_SHOWN_MAX).join(', ');
  const list = names.length > FOREIGN_NAMES_SHOWN_MAX ? `${shown}, …` : shown;
  return new Refusal(
    fresh
      ? `--fresh empties only the folder of a local cluster, and ${path} is none (it holds ${list}): empty it yourself, or name another one with --data.`
      : `The data folder ${path} holds files of something else (${list}): name an empty or a new one with --data.`,
  );
}

async function takePidFile(path: string): Promise<void> {
  const file = join(path, PID_FILE);
  const self = JSON.stringify(await identify(process.pid));
  for (let attempt = 1; attempt <= CLAIM_ATTEMPTS_MAX; attempt += 1) {
    try {
      await writeFile(file, `${self}\n`, { flag: 'wx' });
      return;
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') {
        throw new Refusal(
          `The data folder ${path} cannot be written (${codeOf(error)}): give yourself the right to, or name another one with --data.`,
          { cause: error },
        );
      }
    }
    const holder = await readPidFile(file);
    if (holder !== null && (await isAlive(holder))) throw inUse(path, holder.pid);
    await rm(file, { force: true });
  }
  throw new Refusal(
    `The data folder ${path} is being taken by another launcher: wait until it has stopped, or name another folder with --data.`,
  );
}

function inUse(path: string, pid: number): Refusal {
  return new Refusal(
    `The data folder ${path} is in use by pid ${pid}: stop that cluster (Ctrl-C in its terminal, or kill ${pid}), or name another folder with --data.`,
  );
}

async function readPidFile(file: string): Promise<ProcessIdentity | null> {
  try {
    const value: unknown = JSON.parse(await readFile(file, 'utf8'));
    if (!isObject(value)) return null;
    const { pid, startTicks } = value;
    if (typeof pid !== 'number' || !Number.isInteger(pid) || pid < 1) return null;
    return { pid, startTicks: typeof startTicks === 'string' ? startTicks : null };
  } catch {
    return null;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
