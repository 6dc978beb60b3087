import { nodeId } from '@sinkron/config';
import type { PeerStatus } from '../peer-status.js';
import type { PeerTransport } from '../peer-transport.js';
import { eventually } from './eventually.js';
import {
  freePorts,
  NODE1,
  NODE2,
  SECRET,
  startPeerNode,
  type PeerNode,
  type PeerNodeOptions,
} from './peer-node.js';

const nodes: PeerNode[] = [];

async function start(options: PeerNodeOptions): Promise<PeerTransport> {
  const node = await startPeerNode(options);
  nodes.push(node);
  return node.transport;
}

async function startTwo(
  first: Partial<PeerNodeOptions>,
  second: Partial<PeerNodeOptions>,
): Promise<readonly [PeerTransport, PeerTransport]> {
  const ports = await freePorts('node1', 'node2');
  return [
    await start({ nodeId: NODE1, port: ports.node1, peers: ports, ...first }),
    await start({ nodeId: NODE2, port: ports.node2, peers: ports, ...second }),
  ];
}

async function refusalOf(transport: PeerTransport): Promise<string | null | undefined> {
  transport.connect();
  await eventually(() => transport.status(NODE2)?.refusal !== null);
  expect(transport.status(NODE2)?.connected).toBe(false);
  return transport.status(NODE2)?.refusal;
}

afterEach(async () => {
  await Promise.all(nodes.splice(0).map((node) => node.close()));
});

describe('connecting two nodes', () => {
  it('tells each the identity of the other, over a connection with a secret', async () => {
    const both = { secret: SECRET, clusterId: 'cluster-a' };
    const roundTrips: [string, number][] = [];
    const metrics = {
      observeRoundTrip: (peer: string, seconds: number) => roundTrips.push([peer, seconds]),
    };
    const [node1, node2] = await startTwo({ ...both, metrics }, both);
    expect(node1.status(NODE2)).toEqual({
      nodeId: NODE2,
      connected: false,
      lastHeardMs: null,
      roundTripMs: null,
      identity: null,
      refusal: null,
    });
    const changes: PeerStatus[] = [];
    node1.onPeerChange((status) => changes.push(status));
    node1.connect();
    await eventually(() => node1.status(NODE2)?.roundTripMs !== null);
    await eventually(() => node1.status(NODE2)?.connected === true);

    const status = node1.status(NODE2);
    expect(status?.identity).toEqual(node2.identity);
    expect(status?.identity?.clusterId).toBe('cluster-a');
    expect(status?.lastHeardMs).toBeLessThan(5_000);
    expect(changes.at(-1)?.connected).toBe(true);
    expect(roundTrips[0]?.[0]).toBe(NODE2);
    expect(roundTrips[0]?.[1]).toBeGreaterThan(0);
    // node2 has not called, and yet it hears node1.
    expect(node2.status(NODE1)).toMatchObject({ connected: false, identity: node1.identity });
    expect(node2.status(NODE1)?.lastHeardMs).toBeLessThan(5_000);
    expect(node2.peers().map(({ nodeId }) => nodeId)).toEqual([NODE1]);
  });

  it('calls a peer at the first message to it', async () => {
    const [node1] = await startTwo({}, {});
    expect(node1.sendEvent(NODE2, 'raft', Buffer.from('vote'))).toBe(false);
    await eventually(() => node1.status(NODE2)?.connected === true);
    expect(node1.sendEvent(NODE2, 'raft', Buffer.from('vote'))).toBe(true);
  });

  it('refuses a peer of another cluster', async () => {
    const [node1] = await startTwo({ clusterId: 'cluster-a' }, { clusterId: 'cluster-b' });
    await expect(refusalOf(node1)).resolves.toBe(
      'node2 belongs to cluster cluster-b, node1 to cluster-a.',
    );
  });

  it('leaves a peer when both turn out to belong to different clusters', async () => {
    const [node1, node2] = await startTwo({}, { clusterId: 'cluster-b' });
    node1.connect();
    await eventually(() => node1.status(NODE2)?.connected === true);
    node1.setClusterId('cluster-a');
    expect(node2.identity.clusterId).toBe('cluster-b');
    await eventually(() => node1.status(NODE2)?.refusal !== null);
    expect(node1.status(NODE2)).toMatchObject({
      connected: false,
      refusal: 'node2 belongs to cluster cluster-b, node1 to cluster-a.',
    });
  });

  it('learns the cluster id of a peer from its pings', async () => {
    const [node1, node2] = await startTwo({}, {});
    node1.connect();
    await eventually(() => node1.status(NODE2)?.connected === true);
    node2.setClusterId('cluster-b');
    await eventually(() => node1.status(NODE2)?.identity?.clusterId === 'cluster-b');
    node1.setClusterId('cluster-b');
    await eventually(() => node2.status(NODE1)?.identity?.clusterId === 'cluster-b');
    expect(node1.status(NODE2)?.connected).toBe(true);
  });

  it('refuses a peer with another secret, or with one on one side only', async () => {
    const [node1] = await startTwo({ secret: SECRET }, { secret: 'some other secret' });
    await expect(refusalOf(node1)).resolves.toBe(
      'PEER_SECRET is not the same on node2 and the node that called.',
    );
    const [without] = await startTwo({}, { secret: SECRET });
    await expect(refusalOf(without)).resolves.toBe(
      'node2 has a PEER_SECRET and this node has none.',
    );
    const [alone] = await startTwo({ secret: SECRET }, {});
    await expect(refusalOf(alone)).resolves.toBe('node2 has no PEER_SECRET and this node has one.');
  });

  it('refuses itself and whoever else answers at the address of a peer', async () => {
    const ports = await freePorts('node1', 'node2', 'node3');
    const node1 = await start({ nodeId: NODE1, port: ports.node1, peers: ports });
    await start({ nodeId: nodeId('node3'), port: ports.node3, peers: ports });
    const address = { nodeId: NODE2, host: '127.0.0.1' };

    node1.updatePeers([{ ...address, port: ports.node1 }]);
    await expect(refusalOf(node1)).resolves.toBe('node1 was called by its own name.');
    node1.updatePeers([{ ...address, port: ports.node3 }]);
    await expect(refusalOf(node1)).resolves.toBe('The address of node2 leads to node3.');
  });

  it('refuses a node that is not in its list', async () => {
    const ports = await freePorts('node1', 'node2');
    const [node1] = await startTwo({}, { port: ports.node2, peers: { node2: ports.node2 } });
    node1.updatePeers([{ nodeId: NODE2, host: '127.0.0.1', port: ports.node2 }]);
    await expect(refusalOf(node1)).resolves.toBe(
      'node2 does not know a peer node1: it is no member, PEERS differs, or another process has this name.',
    );
  });

  it('finds a peer again that was killed, as another incarnation', async () => {
    const ports = await freePorts('node1', 'node2');
    const node1 = await start({ nodeId: NODE1, port: ports.node1, peers: ports });
    const options = { nodeId: NODE2, port: ports.node2, peers: ports };
    const former = await startPeerNode(options);
    const seen: [boolean, string | undefined][] = [];
    node1.onPeerChange((status) => seen.push([status.connected, status.identity?.incarnation]));
    node1.connect();
    await eventually(() => node1.status(NODE2)?.connected === true);
    const { incarnation } = former.transport.identity;
    await former.close();
    await eventually(() => node1.status(NODE2)?.connected === false);
    const later = await start(options);
    await eventually(() => node1.status(NODE2)?.connected === true);
    const next = later.identity.incarnation;
    expect(next).not.toBe(incarnation);
    expect(seen).toEqual([
      [false, incarnation],
      [true, incarnation],
      [false, incarnation],
      [false, next],
      [true, next],
    ]);
  });

  it('closes the connections of a peer that is removed', async () => {
    const [node1, node2] = await startTwo({}, {});
    node1.connect();
    node2.connect();
    await eventually(() => node1.status(NODE2)?.connected === true);
    await eventually(() => node2.status(NODE1)?.connected === true);
    node1.updatePeers([]);
    expect(node1.peers()).toEqual([]);
    await eventually(() => node2.status(NODE1)?.refusal !== null);
    expect(node2.status(NODE1)?.refusal).toBe(
      'node1 does not know a peer node2: it is no member, PEERS differs, or another process has this name.',
    );
  });
});
