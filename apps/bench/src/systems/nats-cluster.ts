import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ExitDuties } from '../processes/exit-duties.js';
import { freePorts } from '../processes/free-ports.js';
import { ServerProcess } from '../processes/server-process.js';
import { createDataFolder, type DataFolder } from './data-folder.js';
import { look } from './look.js';
import { endServers, startServers, untilServersReady } from './start-servers.js';
import type { SystemPlan, SystemUnderTest } from './system-under-test.js';

const NODES = 3;
/** Milliseconds from the last server's health to a cluster that creates streams without a retry. */
const SETTLE_MS = 2_000;

/**
 * When an acknowledged message is on the disk. JetStream as it comes flushes every two minutes. `always`
 * is its own setting (`sync_interval`, since 2.10); where the server does not know it, the folder is made
 * synchronous instead (`chattr +S`: each write is flushed by the file system).
 */
export type NatsFlush = 'as-it-comes' | 'always' | 'synchronous-files';

const LABELS: Readonly<Record<NatsFlush, string>> = {
  'as-it-comes': 'JetStream R3, as it comes',
  always: 'JetStream R3, sync_interval: always',
  'synchronous-files': 'JetStream R3, synchronous files',
};

/** Three NATS servers with JetStream on files. */
export function natsPlan(
  program: string,
  moduleFile: string,
  flush: NatsFlush,
  duties: ExitDuties,
): SystemPlan {
  return {
    id: `nats-${flush}`,
    label: LABELS[flush],
    kind: 'nats',
    start: async () => await startNats(program, moduleFile, flush, duties),
  };
}

/** How this server can be made to flush before it answers; null: in no way. */
export function flushingOf(program: string): Exclude<NatsFlush, 'as-it-comes'> | null {
  const version = spawnSync(program, ['--version'], { encoding: 'utf8' }).stdout;
  const [, major = '0', minor = '0'] = /v(\d+)\.(\d+)\./.exec(version) ?? [];
  if (Number(major) > 2 || (Number(major) === 2 && Number(minor) >= 10)) return 'always';
  return spawnSync('chattr', ['-V']).error === undefined ? 'synchronous-files' : null;
}

async function startNats(
  program: string,
  moduleFile: string,
  flush: NatsFlush,
  duties: ExitDuties,
): Promise<SystemUnderTest> {
  const folder = createDataFolder(duties);
  const ports = await freePorts(NODES * 3);
  const port = (kind: number, index: number): number => ports[NODES * kind + index] ?? 0;
  const indexes = Array.from({ length: NODES }, (_, index) => index);
  const routes = indexes.map((index) => `nats-route://127.0.0.1:${port(1, index)}`);
  const servers = indexes.map((index) => {
    const name = `nats${index + 1}`;
    const lines = [
      `server_name: ${name}`,
      `listen: "127.0.0.1:${port(0, index)}"`,
      `http: "127.0.0.1:${port(2, index)}"`,
      'jetstream {',
      `  store_dir: "${storeFolder(folder, name, flush)}"`,
      ...(flush === 'always' ? ['  sync_interval: always'] : []),
      '}',
      'cluster {',
      '  name: bench',
      `  listen: "127.0.0.1:${port(1, index)}"`,
      `  routes: [${routes.join(', ')}]`,
      '}',
    ];
    const file = join(folder.path, `${name}.conf`);
    writeFileSync(file, `${lines.join('\n')}\n`);
    const environment = { PATH: process.env['PATH'] ?? '' };
    return new ServerProcess({ name, program, args: ['-c', file], environment }, duties);
  });
  const endpoints = indexes.map((index) => `127.0.0.1:${port(0, index)}`);
  const ready = async (index: number): Promise<boolean> =>
    (await look(`http://127.0.0.1:${port(2, index)}/healthz`)) !== null;
  return await startServers({
    target: { kind: 'peer', moduleFile, endpoints },
    servers,
    untilReady: async () => {
      await untilServersReady(servers, ready);
      await sleep(SETTLE_MS);
    },
    leader: async () => await Promise.resolve(null),
    close: async () => {
      await endServers(servers, folder);
    },
  });
}

function storeFolder(folder: DataFolder, name: string, flush: NatsFlush): string {
  const path = join(folder.path, name);
  mkdirSync(path);
  if (flush !== 'synchronous-files') return path;
  const run = spawnSync('chattr', ['+S', path], { encoding: 'utf8' });
  if (run.status !== 0) throw new Error(`chattr +S ${path}: ${run.stderr}`);
  return path;
}
