import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../support/eventually.js';
import { claimPorts, type PortClaim } from '../support/free-ports.js';
import { JsonClient } from '../support/json-client.js';
import { READY_DEADLINE_MS } from '../support/limits.js';
import { LauncherProcess } from '../support/launcher-process.js';

const READY = /Sinkron: (\d) nodes? (?:are|is) ready after/;

describe('npm start', () => {
  let folder = '';
  let claim: PortClaim;
  let basePort = 0;
  const launchers: LauncherProcess[] = [];
  const clients: JsonClient[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sinkron-start-'));
    claim = await claimPorts([0, 1, 2, 1_000, 1_001, 1_002]);
    basePort = claim.ports[0] ?? 0;
  });

  afterEach(async () => {
    await Promise.all(launchers.splice(0).map(async (launcher) => await launcher.close()));
    await Promise.all(clients.splice(0).map(async (client) => await client.close()));
    claim.release();
    await rm(folder, { recursive: true, force: true });
  });

  function launch(...more: readonly string[]): LauncherProcess {
    const data = join(folder, 'data');
    const argv = ['--nodes', '3', '--base-port', String(basePort), '--data', data, ...more];
    const launcher = new LauncherProcess(argv);
    launchers.push(launcher);
    return launcher;
  }

  function http(number: number): JsonClient {
    const client = new JsonClient(`http://127.0.0.1:${basePort + number - 1}`);
    clients.push(client);
    return client;
  }

  async function answers(number: number): Promise<boolean> {
    const client = http(number);
    return await client.get('/health/live').then(
      () => true,
      () => false,
    );
  }

  it('serves, obeys its terminal, stops on Ctrl-C and keeps the data', async () => {
    const first = launch();
    expect((await first.sees(READY))[1]).toBe('3');
    const row = new RegExp(
      `node2 +http://127\\.0\\.0\\.1:${basePort + 1} +\\d+ +locks,queues,caches,ledger +running`,
    );
    await first.sees(row);
    await first.sees(/Swagger UI +http/);
    await first.sees(/kill -9 \d+; sleep 2; curl http/);

    const body = { owner: 'alice', ttlMs: 600_000 };
    const acquired = await http(1).post('/v1/locks/demo/acquire', body);
    expect(acquired).toMatchObject({ status: 200, body: { owner: 'alice' } });

    const leader = (await http(1).get('/v1/cluster/leader')).body;
    const number = Number(/"nodeId":"node(\d)"/.exec(JSON.stringify(leader))?.[1]);
    first.type(`kill ${number}`);
    await first.sees(new RegExp(`node${number} was ended by SIGKILL\\.`));
    first.type('status');
    await first.sees(new RegExp(`node${number} +http\\S+ +- .*was ended by SIGKILL`));
    const survivor = number === 1 ? 2 : 1;
    const held = await http(survivor).get('/v1/locks/demo', { 'x-timeout-ms': '10000' });
    expect(held).toMatchObject({ status: 200, body: { holders: [{ owner: 'alice' }] } });
    first.type(`start ${number}`);
    await first.sees(new RegExp(`node${number} is ready\\.`));

    first.type('pause 3');
    await first.sees(/node3 is paused/);
    first.signal('SIGINT');
    await first.sees(/All nodes have stopped\./);
    expect(await first.exit()).toBe(0);
    expect(first.stderr).toBe('');
    expect(await answers(3)).toBe(false);
    expect((await readdir(join(folder, 'data'))).toSorted()).toEqual([
      'local-cluster.json',
      'node1',
      'node2',
      'node3',
    ]);

    const second = launch();
    await second.sees(READY);
    expect((await http(2).get('/v1/locks/demo')).body).toMatchObject({
      holders: [{ owner: 'alice' }],
    });
    second.signal('SIGTERM');
    expect(await second.exit()).toBe(0);

    const third = launch('--fresh');
    await third.sees(READY);
    expect((await http(2).get('/v1/locks/demo')).status).toBe(404);
    third.type('quit');
    expect(await third.exit()).toBe(0);
  }, 120_000);

  it('runs without input, and one node alone', async () => {
    const launcher = launch('--nodes', '1');
    launcher.closeInput();
    expect((await launcher.sees(READY))[1]).toBe('1');
    expect((await http(1).post('/v1/locks/alone/acquire', { owner: 'bob' })).status).toBe(200);
    launcher.signal('SIGINT');
    expect(await launcher.exit()).toBe(0);
  }, 60_000);

  it('leaves no nodes behind when it is killed', async () => {
    const launcher = launch('--nodes', '2');
    await launcher.sees(READY);
    const pids: number[] = [];
    for (const number of [1, 2]) {
      const row = await launcher.sees(new RegExp(`node${number} +http\\S+ +(\\d+) `));
      pids.push(Number(row[1]));
    }
    launcher.signal('SIGKILL');
    expect(await launcher.exit()).toBe('SIGKILL');
    // They answer no more before they have handed over and closed their other port.
    await eventually('the nodes end', READY_DEADLINE_MS, () =>
      pids.some(isAlive) ? undefined : true,
    );
    expect(await Promise.all([1, 2].map((number) => answers(number)))).not.toContain(true);
    const next = launch('--nodes', '2');
    await next.sees(READY);
    next.type('quit');
    expect(await next.exit()).toBe(0);
  }, 90_000);

  it('refuses a port in use, a folder in use and a foreign folder', async () => {
    const peerPort = basePort + 1_001;
    const server = createServer();
    await new Promise<void>((done) => {
      server.listen(peerPort, '127.0.0.1', done);
    });
    const blocked = launch();
    expect(await blocked.exit()).toBe(1);
    expect(blocked.stderr).toBe(
      `Port ${peerPort} is in use by pid ${process.pid}: stop that program, or start on other ports with --base-port ${basePort + 100}.\n`,
    );
    server.close();

    const foreign = join(folder, 'foreign');
    await mkdir(foreign);
    await writeFile(join(foreign, 'letter.txt'), 'dear');
    const refused = launch('--data', foreign, '--fresh');
    expect(await refused.exit()).toBe(1);
    expect(refused.stderr).toBe(
      `--fresh empties only the folder of a local cluster, and ${foreign} is none (it holds letter.txt): empty it yourself, or name another one with --data.\n`,
    );
    expect(await readdir(foreign)).toEqual(['letter.txt']);

    const running = launch('--nodes', '1');
    await running.sees(READY);
    const second = launch('--nodes', '1');
    expect(await second.exit()).toBe(1);
    expect(second.stderr).toMatch(/^The data folder \S+ is in use by pid \d+: stop that cluster/);
    running.type('quit');
    expect(await running.exit()).toBe(0);

    const other = launch('--nodes', '2');
    expect(await other.exit()).toBe(1);
    expect(other.stderr).toMatch(/was made with --nodes "1", not --nodes "2": start it with/);
  }, 60_000);
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
