// What `npm start` and `npm test` need before anything is installed: no dependencies in here.
import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));
export const LAUNCHER = join(ROOT, 'dist/apps/local-cluster/apps/local-cluster/src/main.js');

const NODE_MIN = [20, 19];
const BUILD_STAMP = join(ROOT, 'dist/.built');
const BUILD_INPUTS = ['apps', 'libs', 'package-lock.json', 'tsconfig.json', 'nest-cli.json'];

/** Something that the user has to see to, in one sentence; what a tool printed may follow. */
export class Stop extends Error {}

export function say(text) {
  process.stdout.write(`${text}\n`);
}

/** Refuses a Node.js that is too old. */
export function requireNode(version = process.versions.node) {
  const [major, minor] = version.split('.').map(Number);
  const [majorMin, minorMin] = NODE_MIN;
  if (major > majorMin || (major === majorMin && minor >= minorMin)) return;
  throw new Stop(
    `Node.js ${version} is too old for Sinkron: install ${NODE_MIN.join('.')} or newer (24 is recommended) from https://nodejs.org.`,
  );
}

/** `npm ci` when it has not run since package-lock.json changed. */
export async function installWhenNeeded() {
  // npm writes this file last: it is missing after an installation that was broken off.
  const installedAt = modifiedAt(join(ROOT, 'node_modules/.package-lock.json'));
  if (installedAt >= modifiedAt(join(ROOT, 'package-lock.json'))) return;
  say('Installing the dependencies (npm ci) …');
  // Without the development dependencies (NODE_ENV=production) there would be no compiler.
  await runQuietly(['ci', '--include=dev', '--no-audit', '--no-fund'], 'The installation failed');
}

/** `npm run build` when it has not succeeded since the sources changed. */
export async function buildWhenNeeded() {
  const startedAt = new Date();
  if (newest(BUILD_INPUTS.map((name) => join(ROOT, name))) < modifiedAt(BUILD_STAMP)) return;
  say('Building …');
  await runQuietly(['run', 'build'], 'The build failed');
  mkdirSync(join(ROOT, 'dist'), { recursive: true });
  writeFileSync(BUILD_STAMP, '');
  // The build may have missed a change that was made while it ran.
  utimesSync(BUILD_STAMP, startedAt, startedAt);
}

/** The command line of npm itself, by the npm that runs this script where there is one. */
export function npmCommand(args) {
  const npm = process.env.npm_execpath;
  return npm !== undefined && /npm-cli\.c?js$/.test(npm)
    ? { command: process.execPath, args: [npm, ...args] }
    : { command: 'npm', args };
}

async function runQuietly(npmArgs, problem) {
  const { command, args } = npmCommand(npmArgs);
  const child = spawn(command, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = [];
  child.stdout.on('data', (chunk) => output.push(chunk));
  child.stderr.on('data', (chunk) => output.push(chunk));
  const code = await new Promise((done) => {
    child.on('close', done);
    child.on('error', (error) => {
      output.push(Buffer.from(`${error.message}\n`));
      done(1);
    });
  });
  if (code === 0) return;
  const text = Buffer.concat(output).toString().trimEnd();
  throw new Stop(`${problem} (npm ${npmArgs.join(' ')}); this is what it printed:\n${text}`);
}

/** Milliseconds since 1970 of the youngest file or folder among and under `paths`. */
export function newest(paths) {
  let latest = 0;
  for (const path of paths) {
    latest = Math.max(latest, modifiedAt(path));
    if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) continue;
    latest = Math.max(latest, newest(readdirSync(path).map((name) => join(path, name))));
  }
  return latest;
}

/** Milliseconds since 1970; 0 when there is no such file. */
export function modifiedAt(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
