import { encodeFrame, encodeValue } from '../frame/message-pack.js';
import { FRAME_BYTES_MAX, UNAUTHENTICATED_CONNECTIONS_MAX } from '../limits.js';
import type { PeerTransport } from '../peer-transport.js';
import { PATTERNS } from '../wire/wire-message.js';
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
import { RawPeer } from './raw-peer.js';

const HANDSHAKE_TIMEOUT_MS = 300;
const INCOMPLETE_FRAME_TIMEOUT_MS = 100;
const INBOUND_SILENCE_MS = 400;

let node: PeerNode;
let port: number;
const effects: unknown[] = [];

/** node2, which knows a peer node1 that is not running. */
async function startNode2(options: Partial<PeerNodeOptions> = {}): Promise<void> {
  const ports = await freePorts('node1', 'node2');
  port = ports.node2;
  node = await startPeerNode({
    nodeId: NODE2,
    port,
    peers: ports,
    timing: {
      handshakeTimeoutMs: HANDSHAKE_TIMEOUT_MS,
      incompleteFrameTimeoutMs: INCOMPLETE_FRAME_TIMEOUT_MS,
      inboundSilenceMs: INBOUND_SILENCE_MS,
    },
    prepare: (transport: PeerTransport) => {
      transport.handle('effect', (from, body) => effects.push([from, body]));
      transport.onEvents('effect', (from, messages) => effects.push([from, ...messages]));
    },
    ...options,
  });
}

const { hello } = RawPeer.initiator('raft');
const events = { pattern: PATTERNS.events, data: [['effect', [Buffer.from('?')]]] };
const requests = { pattern: PATTERNS.requests, data: [[1, 'effect', 1_000, encodeValue('?')]] };
const replies = { pattern: PATTERNS.replies, data: {}, id: 'replies' };

beforeEach(() => effects.splice(0));

describe('a stranger', () => {
  beforeAll(() => startNode2({ secret: SECRET }));
  afterAll(() => node.close());

  const length = (bytes: number): Buffer => {
    const header = Buffer.alloc(4);
    header.writeUInt32BE(bytes);
    return header;
  };

  it.each<[string, Uint8Array | string]>([
    ['speaks HTTP', 'GET / HTTP/1.1\r\nHost: sinkron\r\n\r\n'],
    ["speaks Nest's JSON", '29#{"pattern":"peer.ping","id":1}'],
    ['announces a huge frame', length(0xffff_ffff)],
    ['announces a frame for which it would have to be known', length(9_000)],
    ['sends an empty frame', length(0)],
    ['sends a value that claims to be long', Buffer.from('00000005ddffffffff', 'hex')],
    ['sends a value with bytes behind it', Buffer.from('000000020101', 'hex')],
    ['defines a msgpackr record', Buffer.from('00000006d4724091a16101', 'hex')],
    ['sends no map', encodeFrame(['peer.hello'])],
    ['sends an event before the handshake', encodeFrame(events)],
    ['sends a request before the handshake', encodeFrame(requests)],
    ['proves before it says hello', encodeFrame({ pattern: PATTERNS.prove, data: {}, id: '1' })],
    ['says hello without an id', encodeFrame({ pattern: PATTERNS.hello, data: hello })],
    ['says hello without data', encodeFrame({ pattern: PATTERNS.hello, data: null, id: '1' })],
    ['uses a number as id', encodeFrame({ pattern: PATTERNS.hello, data: hello, id: 1 })],
    ['uses an unknown pattern', encodeFrame({ pattern: 'peer.stop', data: 1, id: '1' })],
    ['uses a pattern that is no text', encodeFrame({ pattern: { a: 1 }, data: 1, id: '1' })],
    [
      'says hello twice at once',
      Buffer.concat([1, 2].map((id) => encodeFrame({ ...packet(hello), id: `${id}` }))),
    ],
    ['says a malformed hello', encodeFrame(packet({ ...hello, channel: 'root' }))],
    ['says a hello of another version', encodeFrame(packet({ ...hello, protocol: 3 }))],
    ['says a hello as someone unknown', encodeFrame(packet(asNode('node9')))],
    ['says a hello as this node', encodeFrame(packet(asNode('node2')))],
  ])('that %s loses its connection', async (_what, bytes) => {
    const stranger = await RawPeer.open(port);
    stranger.write(bytes);
    await eventually(() => stranger.closed);
    expect(effects).toEqual([]);
    expect(stranger.packets.map(({ response }) => response)).not.toContainEqual(
      expect.objectContaining({ kind: 'accepted' }),
    );
  });

  it('that does not know the secret is refused', async () => {
    await expect(RawPeer.authenticated(port, 'raft', 'wrong')).rejects.toThrow(
      'PEER_SECRET is not the same on node2 and the node that called.',
    );
  });

  it('cannot use the proof of another connection', async () => {
    const initiator = RawPeer.initiator('raft', SECRET);
    const first = await RawPeer.open(port);
    const answer = initiator.onChallenge(await first.ask(PATTERNS.hello, initiator.hello));
    if (answer.kind === 'refused') throw new Error(answer.reason);
    const second = await RawPeer.open(port);
    await second.ask(PATTERNS.hello, initiator.hello);
    await expect(second.ask(PATTERNS.prove, answer.proof)).resolves.toMatchObject({
      kind: 'refused',
    });
    await eventually(() => second.closed);
  });

  it('that says nothing is destroyed, half a frame or not', async () => {
    const silent = await RawPeer.open(port);
    const half = await RawPeer.open(port);
    half.write(length(100));
    const asked = await RawPeer.open(port);
    await asked.ask(PATTERNS.hello, hello);
    await eventually(() => half.closed && asked.closed && silent.closed);
  });

  it('cannot keep others out by holding many connections', async () => {
    const strangers: RawPeer[] = [];
    for (let count = 0; count <= UNAUTHENTICATED_CONNECTIONS_MAX; count += 1) {
      strangers.push(await RawPeer.open(port));
    }
    const peer = await RawPeer.authenticated(port, 'raft', SECRET);
    expect(peer.closed).toBe(false);
    peer.socket.destroy();
    await eventually(() => strangers.every(({ closed }) => closed));
  });
});

describe('a peer', () => {
  beforeAll(() => startNode2());
  afterAll(() => node.close());

  const badEvents = [
    [1],
    [['effect']],
    [['effect', ['text']]],
    [['effect', 'x'.repeat(300)]],
    [['e'.repeat(300), [Buffer.from('?')]]],
  ];
  const badRequests = [
    {},
    [1],
    [[1, 'effect', 1_000]],
    [[-1, 'effect', 1_000, Buffer.from('?')]],
    [[1.5, 'effect', 1_000, Buffer.from('?')]],
    [[1, 'effect', 1_000, 'text']],
    [[1, 'e'.repeat(300), 1_000, Buffer.from('?')]],
  ];

  it.each([
    ['requests on the channel raft', 'raft', requests],
    ['the stream of replies on the channel raft', 'raft', replies],
    ['events on the channel bulk', 'bulk', events],
    ['requests before it has asked for the replies', 'bulk', requests],
    ['events that want a response', 'raft', { ...events, id: '1' }],
    ['another hello', 'raft', packet(hello)],
    ['a ping without a response', 'raft', { pattern: PATTERNS.ping, data: { clusterId: null } }],
    ['a ping that is none', 'raft', { pattern: PATTERNS.ping, data: 1, id: '1' }],
    ...badEvents.map((data) => ['bad events', 'raft', { ...events, data }] as const),
  ] as const)('that sends %s loses that connection', async (_what, channel, message) => {
    const [other, peer] = await Promise.all([
      RawPeer.authenticated(port, channel === 'raft' ? 'bulk' : 'raft'),
      RawPeer.authenticated(port, channel),
    ]);
    peer.send(message);
    await eventually(() => peer.closed);
    expect(effects).toEqual([]);
    await expect(other.ask(PATTERNS.ping, { clusterId: null })).resolves.toEqual({
      clusterId: null,
    });
    expect(other.closed).toBe(false);
    other.socket.destroy();
  });

  it.each(badRequests.map((data, index) => [index, data] as const))(
    'that sends bad requests (%i) loses that connection',
    async (_index, data) => {
      const peer = await RawPeer.authenticated(port, 'bulk');
      peer.send(replies);
      peer.send({ ...requests, data });
      await eventually(() => peer.closed);
      expect(effects).toEqual([]);
    },
  );

  it('that sends a frame above the limit loses that connection only', async () => {
    const [other, peer] = await Promise.all([
      RawPeer.authenticated(port, 'bulk'),
      RawPeer.authenticated(port, 'raft'),
    ]);
    const header = Buffer.alloc(4);
    header.writeUInt32BE(FRAME_BYTES_MAX + 1);
    peer.write(header);
    await eventually(() => peer.closed);
    other.send(replies);
    other.send(requests);
    await eventually(() => effects.length === 1);
    expect(effects).toEqual([[NODE1, '?']]);
    other.socket.destroy();
  });

  it('that stops within a frame, or altogether, loses that connection', async () => {
    const [half, silent] = await Promise.all([
      RawPeer.authenticated(port, 'bulk'),
      RawPeer.authenticated(port, 'raft'),
    ]);
    half.write(encodeFrame(requests).subarray(0, 10));
    await eventually(() => half.closed);
    expect(silent.closed).toBe(false);
    await eventually(() => silent.closed);
  });

  it('that connects again replaces its former connection', async () => {
    const former = await RawPeer.authenticated(port, 'raft');
    const later = await RawPeer.authenticated(port, 'raft');
    await eventually(() => former.closed);
    later.send(events);
    await eventually(() => effects.length === 1);
    later.socket.destroy();
  });

  it('gets the replies of one turn in one frame', async () => {
    const peer = await RawPeer.authenticated(port, 'bulk');
    peer.send(replies);
    const before = peer.packets.length;
    const [request] = requests.data;
    peer.send({
      ...requests,
      data: [1, 2, 3].map((id) => [id, ...(request?.slice(1) ?? [])]),
    });
    await eventually(() => peer.packets.length > before);
    expect(peer.packets.slice(before)).toEqual([
      {
        id: 'replies',
        response: [1, 2, 3].map((id) => [id, 0, encodeValue(id)]),
      },
    ]);
    peer.socket.destroy();
  });
});

function packet(data: object): { pattern: string; data: object; id: string } {
  return { pattern: PATTERNS.hello, data, id: '1' };
}

function asNode(name: string): object {
  return { ...hello, identity: { ...hello.identity, nodeId: name } };
}
