// `npm test`: installs and builds what is missing, then every check and test there is. Its last
// line is `N passed, N failed`: each Jest test counts as one, so does every other step.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { provideRedis } from './redis-server.mjs';
import {
  buildWhenNeeded,
  installWhenNeeded,
  npmCommand,
  requireNode,
  ROOT,
  say,
  Stop,
} from './workspace.mjs';

/** A step that takes longer hangs; the slowest takes about three minutes on two cores. */
const STEP_DEADLINE_MS = 10 * 60_000;
const SIMULATION_SEEDS = 200;
/** With clients of queues in place of locks. */
const QUEUE_SEEDS = 40;
const FUZZED_REQUESTS = 2_000;
const FUZZED_FRAMES = 600;
/** Fixed, so that the faults of a run are those of the run before. */
const CHAOS_SEED = 1;
const JEST = join(ROOT, 'node_modules/jest/bin/jest.js');

const total = { passed: 0, failed: 0, skipped: 0 };
const failures = [];
const folder = mkdtempSync(join(tmpdir(), 'sinkron-test-'));
let running = null;
let redis = null;

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    if (running !== null) killGroup(running);
    process.exit(130);
  });
}
process.on('exit', () => {
  redis?.stop();
  rmSync(folder, { recursive: true, force: true });
});

try {
  requireNode();
  await installWhenNeeded();
  await buildWhenNeeded();
  await runAll();
} catch (error) {
  if (!(error instanceof Stop)) throw error;
  say(error.message);
  count('installation and build', false);
} finally {
  // A child that runs would keep this process alive; on 'exit' it is for the signals.
  redis?.stop();
}
for (const name of failures) say(`failed: ${name}`);
if (total.skipped > 0) say(`skipped: ${total.skipped}`);
process.exitCode = total.failed === 0 ? 0 : 1;
say(`${total.passed} passed, ${total.failed} failed`);

async function runAll() {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  count('installation and build', true);
  for (const [, step] of scripts.verify.matchAll(/npm run ([\w:-]+)/g)) await npmStep([step]);
  const environment = await redisEnvironment();
  await jestStep('unit', ['--maxWorkers=100%'], environment);
  await jestStep('e2e', ['--maxWorkers=2'], environment);
  // Their processes wait for each other most of the time: two clusters at once fit two cores.
  await jestStep('cluster', ['--maxWorkers=2'], environment);
  await npmStep(['sim', '--', '--seeds', String(SIMULATION_SEEDS)]);
  await npmStep(['sim', '--', '--queues', '--seeds', String(QUEUE_SEEDS)]);
  const fuzzed = ['--requests', String(FUZZED_REQUESTS), '--frames', String(FUZZED_FRAMES)];
  await npmStep(['fuzz', '--', ...fuzzed, '--seed', '1']);
  await npmStep(['chaos', '--', '--minutes', '1', '--seed', String(CHAOS_SEED)]);
}

/** The tests' environment: with a real Redis wherever one can be had. */
async function redisEnvironment() {
  redis = await provideRedis();
  if (redis.url !== null) return { REDIS_URL: redis.url };
  say('');
  say('#'.repeat(88));
  say('# NO REDIS: the tests against a real redis-server DO NOT RUN. Install redis-server, or set');
  say('# REDIS_URL=redis://host:port, and run npm test again.');
  say('#'.repeat(88));
  if (process.env.CI) count('a Redis server to test with (CI is set)', false);
  return {};
}

async function npmStep(args) {
  const { command, args: all } = npmCommand(['run', '--silent', ...args]);
  const name = `npm run ${args.join(' ')}`;
  count(name, (await runStep(name, command, all, {})) === 0);
}

async function jestStep(project, options, environment) {
  const file = join(folder, `${project}.json`);
  const args = [JEST, '--selectProjects', project, '--ci', ...options];
  args.push('--json', `--outputFile=${file}`);
  const name = `jest ${project}`;
  const code = await runStep(name, process.execPath, args, environment);
  const result = readResult(file);
  const failed = result.numFailedTests + result.numRuntimeErrorTestSuites;
  total.passed += result.numPassedTests;
  total.failed += failed;
  total.skipped += result.numPendingTests + result.numTodoTests;
  for (const suite of result.testResults) {
    if (suite.status === 'failed') failures.push(`${name}: ${suite.name}`);
  }
  // Jest itself broke, hung, or found something wrong that is not one of its tests.
  if (code !== 0 && failed === 0) count(name, false);
}

function readResult(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    const none = { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0 };
    return { ...none, numRuntimeErrorTestSuites: 0, testResults: [] };
  }
}

/** Runs a program in a process group of its own, to end all of it; returns its exit code. */
async function runStep(name, command, args, environment) {
  say(`\n— ${name}`);
  const startedAt = Date.now();
  running = spawn(command, args, {
    cwd: ROOT,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'inherit', 'inherit'],
    detached: true,
  });
  const child = running;
  const timer = setTimeout(() => {
    say(`${name} has not ended after ${STEP_DEADLINE_MS / 60_000} minutes and is killed.`);
    killGroup(child);
  }, STEP_DEADLINE_MS);
  const code = await new Promise((done) => {
    child.on('exit', (exitCode) => done(exitCode ?? 1));
    child.on('error', (error) => {
      say(error.message);
      done(1);
    });
  });
  clearTimeout(timer);
  running = null;
  say(`  ${code === 0 ? 'ok' : 'FAILED'}, ${((Date.now() - startedAt) / 1_000).toFixed(1)} s`);
  return code;
}

function killGroup(child) {
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It has ended already.
  }
}

function count(name, ok) {
  total[ok ? 'passed' : 'failed'] += 1;
  if (!ok) failures.push(name);
}
