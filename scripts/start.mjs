// `npm start`: installs and builds what is missing, then runs the local cluster (--help tells).
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { buildWhenNeeded, installWhenNeeded, LAUNCHER, requireNode, Stop } from './workspace.mjs';

/** Milliseconds between two looks whether the shell that started this still lives. */
const PARENT_POLL_MS = 500;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

try {
  requireNode();
  await installWhenNeeded();
  await buildWhenNeeded();
  process.exitCode = await launch(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof Stop)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}

/** Runs the launcher in this terminal; returns its exit code. */
async function launch(args) {
  // The channel tells the launcher when this process is gone without having passed a signal on.
  const stdio = ['inherit', 'inherit', 'inherit', 'ipc'];
  const child = spawn(process.execPath, [LAUNCHER, ...args], { stdio });
  for (const signal of SIGNALS) process.on(signal, () => child.kill(signal));
  // npm passes a signal to its shell, which may die of it without passing it on.
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) child.kill('SIGTERM');
  }, PARENT_POLL_MS).unref();
  return await new Promise((done, fail) => {
    child.on('exit', (code, signal) => done(code ?? 128 + constants.signals[signal]));
    child.on('error', fail);
  });
}
