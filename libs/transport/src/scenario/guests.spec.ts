import { nodeId } from '@sinkron/config';
import { GUESTS_MAX } from '../limits.js';
import type { PeerTransport } from '../peer-transport.js';
import { eventually } from './eventually.js';
import { freePorts, NODE1, NODE2, SECRET, startPeerNode, type PeerNode } from './peer-node.js';
import { RawPeer } from './raw-peer.js';

const TIMEOUT = { timeoutMs: 2_000 };

/** node1 has node2 among its peers; node2 knows nobody, so that node1 is its guest. */
describe('a guest', () => {
  const nodes: PeerNode[] = [];
  const asked: unknown[] = [];
  const came: unknown[] = [];
  let ports: Record<'node1' | 'node2', number>;
  let guest: PeerTransport;
  let host: PeerTransport;

  beforeEach(async () => {
    ports = await freePorts('node1', 'node2');
    const open = async (
      name: 'node1' | 'node2',
      peers: Record<string, number>,
      secret = SECRET,
    ): Promise<PeerTransport> => {
      const prepare = (transport: PeerTransport): void => {
        transport.handle('join', (from, body) => ({ from, body }), 'guests');
        transport.handle('propose', (from) => void asked.push(from));
        transport.onEvents('raft', (from) => void asked.push(from));
      };
      const options = { nodeId: nodeId(name), port: ports[name], peers, secret, prepare };
      const node = await startPeerNode(options);
      nodes.push(node);
      return node.transport;
    };
    host = await open('node2', { node2: ports.node2 });
    guest = await open('node1', ports);
    asked.splice(0);
    came.splice(0);
    host.onGuest(({ nodeId: name, clusterId }) => came.push([name, clusterId]));
    guest.connect();
  });

  afterEach(async () => {
    await Promise.all(nodes.splice(0).map((node) => node.close()));
  });

  async function answered(): Promise<unknown> {
    let answer: unknown;
    await eventually(() => {
      guest.request(NODE2, 'join', 'please', TIMEOUT).then(
        (value) => (answer ??= value),
        () => undefined,
      );
      return answer !== undefined;
    });
    return answer;
  }

  it('may ask what is open to guests, and nothing else', async () => {
    expect(await answered()).toEqual({ from: 'node1', body: 'please' });
    await expect(guest.request(NODE2, 'propose', 1, TIMEOUT)).rejects.toMatchObject({
      code: 'REMOTE',
      remote: { code: 'NOT_A_PEER' },
    });
    expect(guest.sendEvent(NODE2, 'raft', new Uint8Array(1))).toBe(false);
    expect(guest.status(NODE2)).toMatchObject({
      connected: false,
      refusal:
        'node2 does not know a peer node1: it is no member, PEERS differs, or another process has this name.',
    });
    expect([asked, host.peers()]).toEqual([[], []]);
    expect(came).toEqual([['node1', null]]);
  });

  it('asks little at a time', async () => {
    await answered();
    const long = guest.request(NODE2, 'join', 'x'.repeat(9_000), TIMEOUT);
    await expect(long).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
  });

  it('becomes a peer when it is added, and a guest again when it is removed', async () => {
    await answered();
    host.updatePeers([{ nodeId: NODE1, host: '127.0.0.1', port: ports.node1 }]);
    await eventually(() => guest.status(NODE2)?.connected === true);
    await guest.request(NODE2, 'propose', 1, TIMEOUT);
    host.updatePeers([]);
    await eventually(() => guest.status(NODE2)?.refusal !== null);
    expect(await answered()).toEqual({ from: 'node1', body: 'please' });
    await expect(guest.request(NODE2, 'propose', 1, TIMEOUT)).rejects.toMatchObject({
      remote: { code: 'NOT_A_PEER' },
    });
    expect(asked).toEqual(['node1']);
  });

  it('must know the secret', async () => {
    await expect(RawPeer.authenticated(ports.node2, 'bulk', 'another secret!!')).rejects.toThrow(
      'PEER_SECRET is not the same',
    );
    await expect(RawPeer.authenticated(ports.node2, 'raft', SECRET)).rejects.toThrow(
      'does not know a peer node1',
    );
  });

  it('gives way to later ones when there are too many', async () => {
    const strangers: RawPeer[] = [];
    for (let count = 0; count <= GUESTS_MAX; count += 1) {
      strangers.push(
        await RawPeer.authenticated(ports.node2, 'bulk', SECRET, nodeId(`guest-${count}`)),
      );
    }
    await eventually(() => strangers[0]?.closed === true);
    expect(strangers.slice(2).map(({ closed }) => closed)).not.toContain(true);
    for (const { socket } of strangers) socket.destroy();
  });
});
