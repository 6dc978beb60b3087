// The Redis of `npm test`: REDIS_URL, else a redis-server of our own, else none.
import { spawn, spawnSync } from 'node:child_process';
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { say } from './workspace.mjs';

/** Ports for our own server: below the ephemeral range, and apart from those of test/support. */
const PORT_MIN = 15_000;
const PORT_COUNT = 5_000;
/** A start fails when somebody has the port; that many in a row have another reason. */
const START_ATTEMPTS_MAX = 5;
const START_DEADLINE_MS = 10_000;
const INSTALL_DEADLINE_MS = 300_000;

/**
 * Finds or starts a Redis server.
 *
 * @returns its url, or null when none can be had, and what stops it.
 */
export async function provideRedis() {
  const given = process.env.REDIS_URL;
  if (given) {
    say(`Redis: ${given} (REDIS_URL)`);
    return { url: given, stop: () => undefined };
  }
  const program = onPath('redis-server') ?? installed();
  for (let attempt = 0; program !== null && attempt < START_ATTEMPTS_MAX; attempt += 1) {
    const port = PORT_MIN + ((process.pid * 7 + attempt) % PORT_COUNT);
    const server = await startServer(program, port);
    if (server === null) continue;
    say(`Redis: ${program} on port ${port}`);
    return server;
  }
  return { url: null, stop: () => undefined };
}

async function startServer(program, port) {
  const folder = mkdtempSync(join(tmpdir(), 'sinkron-redis-'));
  const settings = { port, bind: '127.0.0.1', dir: folder, save: '', appendonly: 'no' };
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const child = spawn(program, args, { stdio: 'ignore' });
  let ended = false;
  child.on('error', () => (ended = true));
  child.on('exit', () => (ended = true));
  const stop = () => {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  };
  const deadline = Date.now() + START_DEADLINE_MS;
  while (!ended && Date.now() < deadline) {
    // A PONG while our server has ended is somebody else's, who has the port.
    if ((await pongs(port)) && !ended) return { url: `redis://127.0.0.1:${port}`, stop };
    await sleep(50);
  }
  stop();
  return null;
}

async function pongs(port) {
  return await new Promise((done) => {
    const socket = connect({ host: '127.0.0.1', port, timeout: 1_000 });
    const end = (answer) => {
      socket.destroy();
      done(answer);
    };
    socket.on('connect', () => socket.write('PING\r\n'));
    socket.on('data', (data) => end(data.toString().startsWith('+PONG')));
    socket.on('error', () => end(false));
    socket.on('timeout', () => end(false));
    socket.on('close', () => end(false));
  });
}

/** Installs Debian's package where that is allowed; the program, or null. */
function installed() {
  if (process.getuid?.() !== 0 || onPath('apt-get') === null) return null;
  say('There is no redis-server: installing Debian’s package …');
  const options = {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    timeout: INSTALL_DEADLINE_MS,
  };
  spawnSync('apt-get', ['update'], options);
  spawnSync('apt-get', ['install', '-y', '--no-install-recommends', 'redis-server'], options);
  return onPath('redis-server');
}

function onPath(program) {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const file = join(folder, program);
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      // Not in this folder.
    }
  }
  return null;
}
