import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TEST_PORT_MAX, TEST_PORT_MIN } from './limits.js';

const CLAIMS_FOLDER = join(tmpdir(), 'sinkron-test-ports');

/** Ports that no other test on this machine gets until they are released. */
export interface PortClaim {
  readonly ports: readonly number[];
  release(): void;
}

/**
 * Claims free ports of 127.0.0.1 for servers that a test starts later.
 *
 * A port is claimed by a file, so that tests that run at the same time never choose the same one,
 * and lies below the ephemeral range, so that no outgoing connection takes it meanwhile. The
 * claims of a dead process are taken over.
 *
 * @param offsets the ports wanted, relative to the first: [0, 1, 1000, 1001] for two neighbours
 *   and two others 1000 higher.
 */
export async function claimPorts(offsets: readonly number[]): Promise<PortClaim> {
  mkdirSync(CLAIMS_FOLDER, { recursive: true });
  const span = TEST_PORT_MAX - TEST_PORT_MIN - Math.max(...offsets);
  const start = process.pid * 37;
  for (let step = 0; step < span; step += 1) {
    const base = TEST_PORT_MIN + ((start + step) % span);
    const claim = await tryClaim(offsets.map((offset) => base + offset));
    if (claim !== null) return claim;
  }
  throw new Error(`no ${offsets.length} free ports from ${TEST_PORT_MIN} to ${TEST_PORT_MAX}`);
}

async function tryClaim(ports: readonly number[]): Promise<PortClaim | null> {
  const claimed: number[] = [];
  const release = (): void => {
    for (const port of claimed.splice(0)) rmSync(claimFile(port), { force: true });
  };
  for (const port of ports) {
    if (!takeClaim(port)) {
      release();
      return null;
    }
    claimed.push(port);
    if (!(await isFree(port))) {
      release();
      return null;
    }
  }
  return { ports, release };
}

function takeClaim(port: number): boolean {
  if (writeClaim(port)) return true;
  if (isAlive(readClaim(port))) return false;
  rmSync(claimFile(port), { force: true });
  return writeClaim(port);
}

function writeClaim(port: number): boolean {
  try {
    writeFileSync(claimFile(port), String(process.pid), { flag: 'wx' });
    return true;
  } catch {
    return false;
  }
}

/** The pid of the claim; 0 when it was released or is only being written. */
function readClaim(port: number): number {
  try {
    return Number(readFileSync(claimFile(port), 'utf8')) || 0;
  } catch {
    return 0;
  }
}

function isAlive(pid: number): boolean {
  // A file without a pid may be half written: the port counts as taken, there are others.
  if (pid === 0) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Not `instanceof Error`: in Jest the system's errors are of another realm.
    return typeof error === 'object' && error !== null && 'code' in error && error.code === 'EPERM';
  }
}

function claimFile(port: number): string {
  return join(CLAIMS_FOLDER, String(port));
}

async function isFree(port: number): Promise<boolean> {
  return await new Promise((done) => {
    const server = createServer();
    server.once('error', () => {
      done(false);
    });
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => {
      server.close(() => {
        done(true);
      });
    });
  });
}
