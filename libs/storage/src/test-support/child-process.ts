import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { join } from 'node:path';
import type { Readable } from 'node:stream';

/** Runs a script of this folder in a process of its own, its standard output piped. */
export function spawnScript(
  script: string,
  ...args: readonly string[]
): ChildProcessByStdio<null, Readable, null> {
  return spawn(
    process.execPath,
    [join(__dirname, 'run-typescript.cjs'), join(__dirname, script), ...args],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
}
