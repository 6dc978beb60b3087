// `npm run sim -- --seed 42`: builds the simulator when its sources changed, then runs it.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { modifiedAt, newest, npmCommand, requireNode, ROOT } from './workspace.mjs';

const PROGRAM = join(ROOT, 'dist/simulation/test/simulation/main.js');
const SOURCES = [
  'libs',
  'test/simulation',
  'test/linearizability',
  'test/queues',
  'tsconfig.json',
  'nest-cli.json',
];

requireNode();
if (newest(SOURCES.map((name) => join(ROOT, name))) > modifiedAt(PROGRAM)) {
  const { command, args } = npmCommand(['exec', '--', 'nest', 'build', 'simulation']);
  const built = spawnSync(command, args, { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] });
  if (built.status !== 0) process.exit(built.status ?? 1);
}
const run = spawnSync(process.execPath, [PROGRAM, ...process.argv.slice(2)], { stdio: 'inherit' });
process.exitCode = run.status ?? 1;
