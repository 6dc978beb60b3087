import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { eventually } from '../../../test/support/eventually.js';
import { claimPorts, type PortClaim } from '../../../test/support/free-ports.js';
import { Launcher } from './launcher.js';

const FAKE_NODE = join(__dirname, 'testing/fake-node.mjs');
const DEADLINE_MS = 10_000;

/** A launcher over fake nodes, with what it printed and the pipe into its terminal. */
class Session {
  readonly input = new PassThrough();
  readonly errors: string[] = [];
  readonly ended: Promise<number>;
  private readonly launcher: Launcher;
  private text = '';

  constructor(argv: readonly string[], environment: Record<string, string> = {}) {
    const output = new PassThrough();
    output.setEncoding('utf8').on('data', (chunk: string) => (this.text += chunk));
    this.launcher = new Launcher({
      argv,
      environment: { ...process.env, ...environment },
      workingDirectory: '/nowhere',
      serverFile: FAKE_NODE,
      streams: { input: this.input, output },
      onError: (text) => this.errors.push(text),
    });
    this.ended = this.launcher.run();
  }

  /** Waits for text that is printed after all that was awaited before. */
  async sees(pattern: RegExp): Promise<string> {
    const match = await eventually(`output like ${pattern.source}`, DEADLINE_MS, () => {
      return pattern.exec(this.text) ?? undefined;
    });
    this.text = this.text.slice(match.index + match[0].length);
    return match[1] ?? match[0];
  }

  type(line: string): void {
    this.input.write(`${line}\n`);
  }

  interrupt(source: 'signal' | 'key' = 'signal'): void {
    this.launcher.interrupt(source);
  }

  killNow(): void {
    this.launcher.killNow();
  }
}

describe('Launcher', () => {
  let folder = '';
  let claim: PortClaim;
  let argv: readonly string[] = [];
  let session: Session | null = null;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sinkron-launcher-'));
    claim = await claimPorts([0, 1, 2, 1_000, 1_001, 1_002]);
    argv = ['--nodes', '3', '--base-port', String(claim.ports[0]), '--data', join(folder, 'data')];
  });

  afterEach(async () => {
    session?.killNow();
    session = null;
    claim.release();
    await rm(folder, { recursive: true, force: true });
  });

  function start(more: readonly string[] = [], environment: Record<string, string> = {}): Session {
    session = new Session([...argv, ...more], environment);
    return session;
  }

  it('starts, shows the table, obeys its terminal and stops cleanly', async () => {
    const cluster = start([], { FAKE_TERM: '5' });
    await cluster.sees(/Sinkron: 3 nodes are ready/);
    await cluster.sees(/node1 .* running {2}\* term 5\n/);
    await cluster.sees(/node3 .* running\n/);

    cluster.type('kill 2');
    await cluster.sees(/node2 was ended by SIGKILL\./);
    cluster.type('status');
    await cluster.sees(/node2 +http\S+ +- .* was ended by SIGKILL\n/);
    cluster.type('pause 2');
    await cluster.sees(/node2 does not run: type start 2\./);
    cluster.type('start 2');
    await cluster.sees(/node2 INFO {2}serving port=\d+/);
    await cluster.sees(/node2 is ready\./);

    cluster.type('pause 3');
    await cluster.sees(/node3 is paused/);
    cluster.type('status');
    await cluster.sees(/node3 .* paused\n/);
    cluster.type('start 3');
    await cluster.sees(/node3 goes on\./);

    cluster.type('stop 1');
    await cluster.sees(/node1 INFO {2}stopping: SIGTERM/);
    await cluster.sees(/node1 exited with code 0\./);
    cluster.type('pause 3');
    await cluster.sees(/node3 is paused/);
    cluster.type('dance');
    await cluster.sees(/There is no command "dance"/);
    cluster.type('quit');
    await cluster.sees(/All nodes have stopped\./);
    expect(await cluster.ended).toBe(0);
    expect(cluster.errors).toEqual([]);
    expect(existsSync(join(folder, 'data/local-cluster.pid'))).toBe(false);
  });

  it('goes on when its input ends, and stops on a signal and its echoes', async () => {
    const cluster = start();
    await cluster.sees(/ready after/);
    cluster.input.end();
    cluster.interrupt();
    cluster.interrupt();
    cluster.interrupt();
    await cluster.sees(/All nodes have stopped\./);
    expect(await cluster.ended).toBe(0);
  });

  it('kills on a second Ctrl-C', async () => {
    const cluster = start([], { FAKE_FAULT: 'deaf:node2' });
    await cluster.sees(/ready after/);
    cluster.interrupt('key');
    await cluster.sees(/Stopping all nodes/);
    cluster.interrupt('key');
    expect(await cluster.ended).toBe(130);
    expect(cluster.errors).toEqual(['All nodes were killed; their data is kept.']);
  });

  it('reports a node that dies by itself, with its last lines', async () => {
    const cluster = start();
    await cluster.sees(/ready after/);
    await fetch(`http://127.0.0.1:${Number(claim.ports[1])}/crash`).catch(() => null);
    await cluster.sees(
      /node2 exited with code 3 unexpectedly: type start 2 to start it again\. Its last lines:\n {2}.*node2 INFO {2}serving/,
    );
    cluster.interrupt();
    expect(await cluster.ended).toBe(0);
  });

  it('gives up when a node refuses to start, and says why', async () => {
    const cluster = start([], { FAKE_FAULT: 'refuse:node3' });
    expect(await cluster.ended).toBe(1);
    expect(cluster.errors).toEqual([
      'node3 exited with code 78:\n  SHARDS is "many", but must be an integer: set SHARDS=8.',
    ]);
  });

  it('stops while it is still starting', async () => {
    const cluster = start([], { FAKE_FAULT: 'unready:node1' });
    await cluster.sees(/Starting 3 nodes/);
    cluster.interrupt();
    await cluster.sees(/All nodes have stopped\./);
    expect(await cluster.ended).toBe(0);
  });

  it('refuses a data folder in use, a port in use and a foreign folder', async () => {
    const first = start();
    await first.sees(/ready after/);
    const second = new Session(argv);
    expect(await second.ended).toBe(1);
    expect(second.errors[0]).toMatch(/The data folder \S+ is in use by pid \d+: stop that cluster/);

    const third = new Session([...argv, '--data', join(folder, 'other')]);
    expect(await third.ended).toBe(1);
    const port = Number(claim.ports[0]);
    expect(third.errors[0]).toMatch(
      new RegExp(`^Port ${port} is in use( by pid \\d+)?: .*--base-port ${port + 100}\\.$`),
    );
    expect(existsSync(join(folder, 'other/local-cluster.pid'))).toBe(false);

    await mkdir(join(folder, 'mine'));
    await writeFile(join(folder, 'mine/letter.txt'), '');
    const fourth = new Session([...argv, '--data', join(folder, 'mine'), '--fresh']);
    expect(await fourth.ended).toBe(1);
    expect(fourth.errors[0]).toMatch(/^--fresh empties only the folder of a local cluster/);

    first.interrupt();
    expect(await first.ended).toBe(0);
  });

  it('refuses to empty a folder before it knows that the ports are free', async () => {
    const server = createServer();
    const first = start();
    await first.sees(/ready after/);
    first.interrupt();
    await first.ended;
    await mkdir(join(folder, 'data/node1'));
    await new Promise<void>((done) => {
      server.listen(Number(claim.ports[3]), '127.0.0.1', done);
    });
    const second = new Session([...argv, '--fresh']);
    expect(await second.ended).toBe(1);
    expect(second.errors[0]).toMatch(/^Port \d+ is in use/);
    expect(existsSync(join(folder, 'data/node1'))).toBe(true);
    server.close();
  });

  it('prints the help and starts nothing', async () => {
    const help = new Session(['--help']);
    expect(await help.ended).toBe(0);
    await help.sees(/--base-port <port>/);
  });
});
