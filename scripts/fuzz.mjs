// `npm run fuzz -- --requests 20000 --seed 1`: fuzzes the REST interface and the peer port of real
// clusters. See docs/fuzzing.md.
import { spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildWhenNeeded, requireNode, ROOT, say, Stop } from './workspace.mjs';

const USAGE =
  'npm run fuzz -- [--requests 20000] [--frames 10000] [--seed N] [--only http|peer|session]';
const REQUESTS = 20_000;
const FRAMES = 10_000;
const SEED_MAX = 2 ** 31 - 1;
const JEST = join(ROOT, 'node_modules/jest/bin/jest.js');
const CONFIGURATION = join(ROOT, 'test/fuzz/jest.config.cjs');

try {
  requireNode();
  const options = readOptions(process.argv.slice(2));
  await buildWhenNeeded();
  process.exitCode = run(options);
} catch (error) {
  if (!(error instanceof Stop)) throw error;
  say(error.message);
  process.exitCode = 1;
}

function readOptions(args) {
  const names = ['requests', 'frames', 'seed', 'only'];
  try {
    const { values } = parseArgs({
      // npm hands its own `--` over when it is called by `node scripts/fuzz.mjs -- …`.
      args: args[0] === '--' ? args.slice(1) : args,
      options: Object.fromEntries(names.map((name) => [name, { type: 'string' }])),
    });
    return {
      requests: count('requests', values.requests, REQUESTS),
      frames: count('frames', values.frames, FRAMES),
      seed: count('seed', values.seed, randomInt(SEED_MAX)),
      only: values.only,
    };
  } catch (error) {
    throw new Stop(`${error.message}\n${USAGE}`, { cause: error });
  }
}

function count(name, text, fallback) {
  if (text === undefined) return fallback;
  if (!/^\d{1,9}$/.test(text)) throw new Error(`--${name} must be a whole number, not ${text}`);
  return Number(text);
}

function run({ requests, frames, seed, only }) {
  say(`Fuzzing with --requests ${requests} --frames ${frames} --seed ${seed}`);
  const args = [JEST, '--runInBand', '--config', CONFIGURATION];
  if (only !== undefined) args.push('--testPathPatterns', `/${only}\\.fuzz\\.ts$`);
  const { status } = spawnSync(process.execPath, args, {
    cwd: ROOT,
    env: {
      ...process.env,
      FUZZ_REQUESTS: String(requests),
      FUZZ_FRAMES: String(frames),
      FUZZ_SEED: String(seed),
    },
    stdio: 'inherit',
  });
  if (status !== 0) {
    say(`Again: npm run fuzz -- --requests ${requests} --frames ${frames} --seed ${seed}`);
  }
  return status ?? 1;
}
