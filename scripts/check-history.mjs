// `node scripts/check-history.mjs history.jsonl`: builds the checker when its sources changed, then
// runs it.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { modifiedAt, newest, npmCommand, requireNode, ROOT } from './workspace.mjs';

const PROGRAM = join(ROOT, 'dist/linearizability/test/linearizability/main.js');
const PROJECT = join(ROOT, 'test/linearizability/tsconfig.json');
const SOURCES = ['test/linearizability', 'tsconfig.json'];

requireNode();
if (newest(SOURCES.map((name) => join(ROOT, name))) > modifiedAt(PROGRAM)) {
  const { command, args } = npmCommand(['exec', '--', 'tsc', '-p', PROJECT]);
  const built = spawnSync(command, args, { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'] });
  if (built.status !== 0) process.exit(built.status ?? 1);
}
const run = spawnSync(process.execPath, [PROGRAM, ...process.argv.slice(2)], { stdio: 'inherit' });
process.exitCode = run.status ?? 1;
