import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { claimPorts, type PortClaim } from '../support/free-ports.js';
import { SERVER_FILE, ServerProcess } from '../support/server-process.js';

/** Milliseconds until a refused boot must be over. */
const REFUSAL_DEADLINE_MS = 20_000;
/** Exit code of a node that was told something that it cannot do. */
const EXIT_CONFIGURATION = 78;

interface Refusal {
  readonly code: number | null;
  readonly stderr: string;
}

let folder: string;
let claim: PortClaim;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sinkron-boot-'));
  claim = await claimPorts([0, 1, 2, 3]);
});
afterEach(async () => {
  claim.release();
  await rm(folder, { recursive: true, force: true });
});

const port = (index: number): string => String(claim.ports[index]);

/** The variables of a node that would start. */
function environment(changes: Readonly<Record<string, string>> = {}): Record<string, string> {
  return {
    NODE_ID: 'node1',
    HTTP_PORT: port(0),
    PEER_PORT: port(1),
    DATA_DIR: join(folder, 'data'),
    LOG_LEVEL: 'warn',
    ...changes,
  };
}

/** Starts a server that is expected to end by itself. */
async function refused(changes: Readonly<Record<string, string>>): Promise<Refusal> {
  const child = spawn(process.execPath, [SERVER_FILE], {
    env: { PATH: process.env['PATH'] ?? '', ...environment(changes) },
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: REFUSAL_DEADLINE_MS,
    killSignal: 'SIGKILL',
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  await once(child, 'close');
  return { code: child.exitCode, stderr };
}

/** Expects that the boot stopped with this one sentence and nothing else. */
async function expectRefusal(
  changes: Readonly<Record<string, string>>,
  sentence: string | RegExp,
): Promise<void> {
  const { code, stderr } = await refused(changes);
  const lines = stderr.split('\n');
  expect(lines.slice(1)).toEqual(['']);
  if (typeof sentence === 'string') expect(lines[0]).toBe(sentence);
  else expect(lines[0]).toMatch(sentence);
  expect(code).toBe(EXIT_CONFIGURATION);
}

/** Runs a node until it is ready, then `use`, then stops it. */
async function withNode(
  changes: Readonly<Record<string, string>>,
  use: (node: ServerProcess) => Promise<void> = async () => {},
): Promise<void> {
  const node = new ServerProcess(environment(changes));
  try {
    await node.start();
    await use(node);
    expect(await node.stop()).toEqual({ code: 0, signal: null });
  } finally {
    await node.kill();
    await node.http.close();
  }
}

describe('A variable that is wrong stops the boot', () => {
  const roles = 'locks, queues, caches, ledger';
  it.each([
    [
      { ROLES: 'locks,cooking' },
      `ROLES is "locks,cooking", but must be a comma-separated list of ${roles}, each at most once: set ROLES=locks,queues,caches,ledger or remove it.`,
    ],
    [
      { HTTP_HOST: '0.0.0.0' },
      /^HTTP_HOST is "0\.0\.0\.0", but must be a loopback address .*: set HTTP_HOST=127\.0\.0\.1 .*\.$/,
    ],
    [
      { HTTP_HOST: '::' },
      /^HTTP_HOST is "::", but must be a loopback address .*: set HTTP_HOST=127\.0\.0\.1 .*\.$/,
    ],
    [
      { PEER_HOST: '0.0.0.0' },
      /^PEER_HOST is "0\.0\.0\.0", but must be a loopback address .*: set PEER_SECRET .*\.$/,
    ],
    [
      { PEERS: 'node1' },
      /^PEERS is a list with the entry "node1", but must be .*: write it like node1=127\.0\.0\.1:9001,.*\.$/,
    ],
    [
      { PEERS: 'node2=127.0.0.1:9002' },
      /^PEERS is a list of node2, but must be a list that contains this node, .*: add node1=.* to PEERS or correct NODE_ID\.$/,
    ],
    [
      { PEERS: 'node1=127.0.0.1:9,node1=127.0.0.1:10' },
      /^PEERS is a list that has the id node1 twice, but must be .*: give each node .*\.$/,
    ],
    [
      { HTTP_PORT: '65536' },
      /^HTTP_PORT is "65536", but must be an integer from 1 to 65535: .*\.$/,
    ],
    [{ SHARDS: '0' }, /^SHARDS is "0", but must be an integer from 1 to 4096: set SHARDS=8 .*\.$/],
    [{ NODE_ID: 'Node 1' }, /^NODE_ID is "Node 1", but must be .*: set NODE_ID=node1 .*\.$/],
    [
      { LOG_LEVEL: 'loud' },
      /^LOG_LEVEL is "loud", but must be one of .*: set LOG_LEVEL=info .*\.$/,
    ],
    [{ CACHE_STORE: 'redis' }, /^REDIS_URL is not set, but must be .*: set REDIS_URL=.*\.$/],
  ])('%j', async (changes, sentence) => {
    await expectRefusal(changes, sentence);
  });

  it('and so do several, each in a line of its own', async () => {
    const { code, stderr } = await refused({ ROLES: 'x', SHARDS: 'many' });
    expect(stderr.trimEnd().split('\n')).toEqual([
      expect.stringMatching(/^ROLES is "x"/),
      expect.stringMatching(/^SHARDS is "many"/),
    ]);
    expect(code).toBe(EXIT_CONFIGURATION);
  });
});

describe('A port that is in use stops the boot', () => {
  let server: Server;
  beforeEach(async () => {
    server = createServer().listen(Number(port(2)), '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(async () => {
    server.close();
    await once(server, 'close');
  });

  it.each([
    ['HTTP_PORT', ''],
    ['PEER_PORT', ' and correct its entry in PEERS'],
  ])('%s', async (name, more) => {
    await expectRefusal(
      { [name]: port(2) },
      `${name} is ${port(2)}, which another process has opened on 127.0.0.1: set ${name} to a free port${more}.`,
    );
  });

  it('PEER_HOST of another machine', async () => {
    await expectRefusal(
      { PEER_HOST: '192.0.2.1', PEER_SECRET: 'a secret of sixteen' },
      'PEER_HOST is 192.0.2.1, which is not an address of this machine: set PEER_HOST=127.0.0.1.',
    );
  });
});

describe('A data folder that this node cannot have stops the boot', () => {
  it('below a file', async () => {
    const file = join(folder, 'file');
    await writeFile(file, '');
    const path = join(file, 'data');
    await expectRefusal(
      { DATA_DIR: path },
      new RegExp(`^DATA_DIR ${path} cannot be written \\(.*\\): make it a folder .*\\.$`),
    );
  });

  it('that is a file', async () => {
    const path = join(folder, 'file');
    await writeFile(path, '');
    await expectRefusal(
      { DATA_DIR: path },
      new RegExp(`^DATA_DIR ${path} cannot be written \\(.*\\): make it a folder .*\\.$`),
    );
  });

  it('in use by another node', async () => {
    await withNode({}, async (node) => {
      await expectRefusal(
        { HTTP_PORT: port(2), PEER_PORT: port(3) },
        `DATA_DIR ${join(folder, 'data')} is in use by process ${node.pid}: stop that process or set another DATA_DIR.`,
      );
      expect((await node.http.get('/health/ready')).status).toBe(200);
    });
  });

  it('formed by a node of another name or with other settings; with its own it starts', async () => {
    await withNode({ SHARDS: '4' }, async ({ http }) => {
      const acquired = await http.post('/v1/locks/a/acquire', { owner: 'one' });
      expect(acquired.status).toBe(200);
    });
    await expectRefusal(
      { NODE_ID: 'node2', SHARDS: '4' },
      `DATA_DIR ${join(folder, 'data')} belongs to node 'node1' and not to 'node2': set NODE_ID=node1 or another DATA_DIR.`,
    );
    await expectRefusal(
      { SHARDS: '8' },
      /^SHARDS is 8 on this node but 4 in the cluster .*: start the node with the cluster's value/,
    );
    await withNode({ SHARDS: '4' }, async ({ http }) => {
      expect((await http.get('/v1/locks/a')).body).toMatchObject({ holders: [{ owner: 'one' }] });
    });
  });
});
