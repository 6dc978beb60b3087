import type { PeerTransport } from '../peer-transport.js';
import { eventually } from './eventually.js';
import { freePorts, NODE1, NODE2, startPeerNode, type PeerNode } from './peer-node.js';
import { RawPeer } from './raw-peer.js';

const TIMEOUT = { timeoutMs: 2_000 };

/** node1, and two processes with the name node2: a copied `NODE_ID`, or an old machine that comes back. */
describe('of two processes with one name', () => {
  const nodes: PeerNode[] = [];
  /** The incarnations that node1 has taken for node2, one after the other. */
  const incarnations: unknown[] = [];
  let ports: Record<'node1' | 'node2' | 'other', number>;
  let node1: PeerTransport;

  async function start(
    name: 'node1' | 'node2' | 'other',
    diskId: string,
    rivalSilenceMs = 60_000,
  ): Promise<PeerTransport> {
    const self = name === 'node1' ? NODE1 : NODE2;
    const node = await startPeerNode({
      nodeId: self,
      port: ports[name],
      peers: { node1: ports.node1, node2: ports[name === 'other' ? 'other' : 'node2'] },
      diskId,
      timing: { rivalSilenceMs },
      prepare: (transport) => {
        transport.handle('join', (from) => ({ from }), 'guests');
        transport.handle('propose', () => 'done');
      },
    });
    nodes.push(node);
    return node.transport;
  }

  async function host(rivalSilenceMs?: number): Promise<void> {
    node1 = await start('node1', 'd1', rivalSilenceMs);
    node1.onPeerChange(({ identity }) => {
      const incarnation = identity?.incarnation;
      if (incarnation !== incarnations.at(-1)) incarnations.push(incarnation);
    });
  }

  /** Waits until node1 has refused a process, and lets it ask what guests may. */
  async function isGuest(transport: PeerTransport): Promise<void> {
    transport.connect();
    await eventually(() => transport.status(NODE1)?.refusal !== null);
    expect(transport.status(NODE1)?.refusal).toBe(
      'node1 does not know a peer node2: it is no member, PEERS differs, or another process has this name.',
    );
    let answer: unknown;
    await eventually(() => {
      transport.request(NODE1, 'join', null, TIMEOUT).then(
        (value) => (answer ??= value),
        () => undefined,
      );
      return answer !== undefined;
    });
    await expect(transport.request(NODE1, 'propose', 1, TIMEOUT)).rejects.toMatchObject({
      remote: { code: 'NOT_A_PEER' },
    });
  }

  async function isPeer(transport: PeerTransport): Promise<void> {
    transport.connect();
    await eventually(() => transport.status(NODE1)?.connected === true);
    let answer: unknown;
    await eventually(() => {
      transport.request(NODE1, 'propose', 1, TIMEOUT).then(
        (value) => (answer ??= value),
        () => undefined,
      );
      return answer !== undefined;
    });
  }

  beforeEach(async () => {
    ports = await freePorts('node1', 'node2', 'other');
    incarnations.splice(0);
  });

  afterEach(async () => {
    await Promise.all(nodes.splice(0).map((node) => node.close()));
  });

  // Breaks otherwise: each of the two cuts the other off when it connects, for ever.
  it('the first is the peer, and the second a guest that changes nothing', async () => {
    await host();
    const first = await start('node2', 'd2');
    await isPeer(first);
    await isGuest(await start('other', 'd9'));
    expect(await first.request(NODE1, 'propose', 1, TIMEOUT)).toBe('done');
    expect(incarnations).toEqual([first.identity.incarnation]);
  });

  it('the one with the listed disk is the peer, whoever came first', async () => {
    await host();
    node1.updatePeers([{ nodeId: NODE2, host: '127.0.0.1', port: ports.node2, diskId: 'd2' }]);
    const other = await start('other', 'd9');
    // A group may count on its disk still: alone, it is a peer.
    await isPeer(other);
    const listed = await start('node2', 'd2');
    await isPeer(listed);
    await isGuest(other);
    expect(await listed.request(NODE1, 'propose', 1, TIMEOUT)).toBe('done');
    expect(incarnations).toEqual([other.identity.incarnation, listed.identity.incarnation]);
  });

  it('a guest becomes the peer when the list comes to have its disk', async () => {
    await host();
    await isPeer(await start('other', 'd9'));
    const later = await start('node2', 'd2');
    await isGuest(later);
    node1.updatePeers([{ nodeId: NODE2, host: '127.0.0.1', port: ports.node2, diskId: 'd2' }]);
    await isPeer(later);
  });

  it('the second becomes the peer when nothing is heard of the first any more', async () => {
    await host(300);
    // It never pings.
    const dead = await RawPeer.authenticated(ports.node1, 'raft', undefined, NODE2, NODE1);
    const second = await start('node2', 'd2');
    await isGuest(second);
    await isPeer(second);
    await eventually(() => dead.closed);
  });

  it('a restart with the same disk takes over at once', async () => {
    await host();
    const disk = 'disk of the bare socket';
    const silent = await RawPeer.authenticated(ports.node1, 'raft', undefined, NODE2, NODE1);
    const restarted = await start('node2', disk);
    await isPeer(restarted);
    await eventually(() => silent.closed);
    expect(restarted.status(NODE1)?.refusal).toBeNull();
  });
});
