import { connect, createServer, type Server, type Socket } from 'node:net';
import { claimPorts, type PortClaim } from '../../support/free-ports.js';
import { eventually } from '../../support/eventually.js';
import { CUT, OPEN } from './link-rule.js';
import { LINK_HOST, PeerLinks } from './peer-links.js';

const DEADLINE_MS = 10_000;

/** A node as its peers see it: keeps what it hears on the last connection. */
class Listener {
  readonly heard: string[] = [];
  readonly sockets: Socket[] = [];
  private readonly server: Server;

  constructor(port: number) {
    this.server = createServer((socket) => {
      this.sockets.push(socket);
      socket.on('error', () => undefined);
      socket.on('data', (bytes) => this.heard.push(bytes.toString()));
    });
    this.server.listen(port, '127.0.0.1');
  }

  async hears(text: string): Promise<void> {
    await eventually(`hears ${text}`, DEADLINE_MS, () =>
      this.heard.join('').includes(text) ? true : undefined,
    );
  }

  close(): void {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
  }
}

describe('PeerLinks', () => {
  let claim: PortClaim;
  let links: PeerLinks;
  let listener: Listener;
  let caller: Socket;
  let answers: string;

  beforeEach(async () => {
    claim = await claimPorts([0]);
    const peerPort = claim.ports[0] ?? 0;
    links = new PeerLinks(() => 0);
    await links.listen({ nodeId: 'node2', peerPort });
    listener = new Listener(peerPort);
    call(peerPort);
  });

  afterEach(async () => {
    caller.destroy();
    listener.close();
    await links.close();
    claim.release();
  });

  function call(port: number): void {
    answers = '';
    caller = connect(port, LINK_HOST);
    caller.on('error', () => undefined);
    caller.on('data', (bytes) => (answers += bytes.toString()));
    caller.write('hello from node1 to node2;');
  }

  async function answered(text: string): Promise<void> {
    await eventually(`is answered ${text}`, DEADLINE_MS, () =>
      answers.includes(text) ? true : undefined,
    );
  }

  it('passes on what both sides say, the first message too', async () => {
    await listener.hears('hello from node1 to node2;');
    listener.sockets[0]?.write('welcome;');
    await answered('welcome;');
  });

  it('cuts one way only: the other way goes on, and what was withheld comes when it is healed', async () => {
    await listener.hears('hello');
    links.rule('node1', 'node2', CUT);
    caller.write('withheld;');
    listener.sockets[0]?.write('still heard;');
    await answered('still heard;');
    expect(listener.heard.join('')).not.toContain('withheld');
    links.heal();
    await listener.hears('withheld;');
  });

  it('obeys the rule of the reverse pair for what comes back', async () => {
    await listener.hears('hello');
    links.rule('node2', 'node1', CUT);
    listener.sockets[0]?.write('withheld;');
    caller.write('heard;');
    await listener.hears('heard;');
    expect(answers).toBe('');
    links.rule('node2', 'node1', OPEN);
    await answered('withheld;');
  });

  it('tells nobody behind a cut that a connection has ended', async () => {
    await listener.hears('hello');
    links.rule('node2', 'node1', CUT);
    listener.sockets[0]?.destroy();
    caller.write('into the void;');
    await eventually('the node is gone', DEADLINE_MS, () => listener.sockets[0]?.destroyed);
    expect(caller.destroyed).toBe(false);
    links.heal();
    await eventually('the caller learns of it', DEADLINE_MS, () => caller.destroyed || undefined);
  });

  it('holds what is sent on a slow link for its delay, in order', async () => {
    await listener.hears('hello');
    const delayMs = 150;
    const rule = { kind: 'slow', delayMs, jitterMs: 0, bytesPerSecond: 1_000_000 } as const;
    links.rule('node1', 'node2', rule);
    const sentAt = performance.now();
    caller.write('first;');
    caller.write('second;');
    await listener.hears('second;');
    expect(performance.now() - sentAt).toBeGreaterThanOrEqual(delayMs);
    expect(listener.heard.join('')).toContain('first;second;');
  });

  it('resets the connections of a node', async () => {
    await listener.hears('hello');
    links.reset('node1');
    await eventually('the caller is cut off', DEADLINE_MS, () => caller.destroyed || undefined);
  });
});
