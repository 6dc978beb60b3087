// `npm run bench -- locks` (or queues): builds this tree into dist/bench, so that a running dist is left alone,
// installs the clients of other systems in bench/peers, then measures (--help tells).
import { spawnSync } from 'node:child_process';
import { utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  installWhenNeeded,
  modifiedAt,
  newest,
  npmCommand,
  requireNode,
  ROOT,
  say,
  Stop,
} from './workspace.mjs';

const BUILD = join(ROOT, 'dist/bench');
const PROGRAM = join(BUILD, 'program/apps/bench/src/main.js');
const SERVER = join(BUILD, 'server/apps/node/src/main.js');
const PROGRAM_SOURCES = ['apps/bench', 'libs/invariant', 'tsconfig.json', 'nest-cli.json'];
const SERVER_SOURCES = ['apps/node', 'libs', 'tsconfig.json', 'nest-cli.json', 'package-lock.json'];
const PEERS = join(ROOT, 'bench/peers');

/** Milliseconds between two looks whether the shell that started this still lives. */
const PARENT_POLL_MS = 500;

const argv = process.argv.slice(2);
// npm passes a signal to its shell, which may die of it without passing it on.
const parent = process.ppid;
setInterval(() => {
  if (process.ppid !== parent) process.kill(process.pid, 'SIGTERM');
}, PARENT_POLL_MS).unref();
try {
  requireNode();
  await installWhenNeeded();
  build('bench', PROGRAM_SOURCES, []);
  const measures = (argv.includes('locks') || argv.includes('queues')) && !argv.includes('--help');
  if (measures && !argv.some((argument) => argument.startsWith('--server'))) {
    build('node', SERVER_SOURCES, ['--path', 'apps/bench/tsconfig.server.json']);
  }
  if (measures && !argv.includes('--no-peers')) installPeers();
  const { runBench } = await import(pathToFileURL(PROGRAM).href);
  process.exit(await runBench({ argv, root: ROOT, serverFile: SERVER }));
} catch (error) {
  if (!(error instanceof Stop)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}

function build(app, sources, options) {
  // The compiler writes files even when it finds errors: only the stamp says that it succeeded.
  const stamp = join(BUILD, `.built-${app}`);
  const startedAt = new Date();
  if (newest(sources.map((name) => join(ROOT, name))) <= modifiedAt(stamp)) return;
  say(`Building ${app} …`);
  runQuietly(['exec', '--', 'nest', 'build', app, ...options], ROOT);
  writeFileSync(stamp, '');
  // The build may have missed a change that was made while it ran.
  utimesSync(stamp, startedAt, startedAt);
}

function installPeers() {
  const installedAt = modifiedAt(join(PEERS, 'node_modules/.package-lock.json'));
  if (installedAt >= modifiedAt(join(PEERS, 'package-lock.json'))) return;
  say('Installing the clients of other systems (npm ci in bench/peers) …');
  runQuietly(['ci', '--no-audit', '--no-fund', '--ignore-scripts'], PEERS);
}

function runQuietly(npmArgs, cwd) {
  const { command, args } = npmCommand(npmArgs);
  const run = spawnSync(command, args, { cwd, encoding: 'utf8' });
  if (run.status === 0) return;
  throw new Stop(`npm ${npmArgs.join(' ')} failed:\n${run.stdout ?? ''}${run.stderr ?? ''}`);
}
