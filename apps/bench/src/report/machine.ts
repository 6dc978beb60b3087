import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { dataFileSystem } from '../systems/data-folder.js';
import { onPath, versionOf } from '../systems/programs.js';

const BYTES_PER_GIB = 1_024 ** 3;

/** Where and with what was measured. */
export interface Machine {
  readonly date: string;
  /** Of the server that was measured. */
  readonly commit: string;
  readonly command: string;
  readonly cpu: string;
  readonly memory: string;
  readonly system: string;
  readonly disk: string;
  /** Runnable processes in the minute before: what else ran. */
  readonly loadBefore: number;
  readonly versions: Readonly<Record<string, string>>;
}

/** @param otherServer main.js of another build, when that is measured. */
export function describeMachine(
  root: string,
  argv: readonly string[],
  otherServer: string | null,
): Machine {
  const [first] = cpus();
  const versions: Record<string, string> = { 'Node.js': process.versions.node };
  for (const [name, program] of [
    ['etcd', 'etcd'],
    ['Redis', 'redis-server'],
  ] as const) {
    const file = onPath(program);
    if (file !== null) versions[name] = /\d+\.\d+\.\d+/.exec(versionOf(file))?.[0] ?? 'unknown';
  }
  for (const name of ['etcd3', 'ioredis']) {
    const version = packageVersion(join(root, 'bench/peers/node_modules', name, 'package.json'));
    if (version !== null) versions[`npm ${name}`] = version;
  }
  return {
    date: new Date().toISOString().slice(0, 10),
    commit: otherServer === null ? commitOf(root) : `unknown (another build: ${otherServer})`,
    command: ['npm run bench --', ...argv].join(' '),
    cpu: `${cpus().length} × ${first?.model.trim() ?? 'unknown'}`,
    memory: `${Math.round(totalmem() / BYTES_PER_GIB)} GiB`,
    system: `Linux ${release()}`,
    disk: dataFileSystem(),
    loadBefore: loadavg()[0] ?? 0,
    versions,
  };
}

function commitOf(root: string): string {
  const git = (...args: string[]): string =>
    (spawnSync('git', args, { cwd: root, encoding: 'utf8' }).stdout ?? '').trim();
  const commit = git('rev-parse', '--short', 'HEAD');
  if (commit === '') return 'unknown';
  return git('status', '--porcelain', 'apps', 'libs') === '' ? commit : `${commit} with changes`;
}

function packageVersion(file: string): string | null {
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
    const named = typeof value === 'object' && value !== null && 'version' in value ? value : null;
    return typeof named?.version === 'string' ? named.version : null;
  } catch {
    return null;
  }
}
