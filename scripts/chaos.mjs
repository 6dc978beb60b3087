// `npm run chaos -- --minutes 5`: builds this tree and the program when their sources changed, then
// runs it (--help tells).
import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import {
  buildWhenNeeded,
  modifiedAt,
  newest,
  npmCommand,
  requireNode,
  ROOT,
  Stop,
} from './workspace.mjs';

const PROGRAM = join(ROOT, 'dist/chaos/test/chaos/main.js');
const SOURCES = [
  'test/chaos',
  'test/linearizability',
  'test/queues',
  'test/support',
  'test/simulation/random',
  'tsconfig.json',
];

const argv = process.argv.slice(2);
try {
  requireNode();
  // A node's log says what it is; a run against another build must not touch this one.
  const needsNodes = !argv.some((argument) => /^--(server|check)\b/.test(argument));
  if (needsNodes) await buildWhenNeeded();
  buildProgram();
} catch (error) {
  if (!(error instanceof Stop)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}
const child = spawn(process.execPath, [PROGRAM, ...argv], { cwd: ROOT, stdio: 'inherit' });
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  // From a terminal the program gets it, too; what it began, it has to end.
  process.on(signal, () => child.kill('SIGTERM'));
}
child.on('exit', (code) => {
  process.exitCode = code ?? 1;
});

function buildProgram() {
  if (newest(SOURCES.map((name) => join(ROOT, name))) <= modifiedAt(PROGRAM)) return;
  const args = ['exec', '--', 'nest', 'build', '-c', 'test/chaos/nest-cli.json'];
  const { command, args: all } = npmCommand(args);
  const built = spawnSync(command, all, { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] });
  if (built.status !== 0) process.exit(built.status ?? 1);
}
