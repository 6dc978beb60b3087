import { randomBytes } from 'node:crypto';
import { createServer, type Server, type Socket } from 'node:net';
import { nodeId } from '@sinkron/config';
import { FrameDecoder } from '../../../libs/transport/src/frame/frame-decoder.js';
import { decodeValue, encodeFrame } from '../../../libs/transport/src/frame/message-pack.js';
import { HandshakeInitiator } from '../../../libs/transport/src/handshake/handshake-initiator.js';
import { HandshakeResponder } from '../../../libs/transport/src/handshake/handshake-responder.js';
import type { PeerIdentity } from '../../../libs/transport/src/identity/peer-identity.js';
import { FRAME_BYTES_MAX } from '../../../libs/transport/src/limits.js';
import type { Channel } from '../../../libs/transport/src/peer-status.js';
import { PATTERNS } from '../../../libs/transport/src/wire/wire-message.js';
import { isRecord } from '../../../libs/transport/src/wire/wire-value.js';
import { FrameConnection } from './frame-connection.js';

/** What real nodes have sent, to be sent again in other words. */
export interface Recording {
  /** Whole frames in the order of a connection, its handshake first. */
  readonly conversations: Buffer[][];
  /** Messages of events, by topic. */
  readonly events: Map<string, Buffer[]>;
  /** Bodies of requests, by method. */
  readonly requests: Map<string, Buffer[]>;
}

/** Of each kind of message, and of each connection, so many are kept. */
const KEPT_MAX = 200;

/** A member whose process the fuzzer plays: it knows the secret, and all that is to be known. */
export class FakeNode {
  readonly recording: Recording = { conversations: [], events: new Map(), requests: new Map() };
  private readonly sockets = new Set<Socket>();
  private readonly server: Server;
  private readonly identity: PeerIdentity;

  private constructor(
    name: string,
    private readonly secret: string,
  ) {
    this.identity = {
      nodeId: nodeId(name),
      incarnation: randomBytes(16).toString('hex'),
      diskId: null,
      httpUrl: 'http://127.0.0.1:9',
      roles: ['locks'],
      clusterId: null,
    };
    this.server = createServer((socket) => this.take(socket));
  }

  /** Listens where the others call the node. */
  static async listen(name: string, port: number, secret: string): Promise<FakeNode> {
    const node = new FakeNode(name, secret);
    await new Promise<void>((listening, failed) => {
      node.server.once('error', failed);
      node.server.listen(port, '127.0.0.1', listening);
    });
    return node;
  }

  /** Calls a real node and completes the handshake; null when the connection does not stay. */
  async call(name: string, port: number, channel: Channel): Promise<FrameConnection | null> {
    const connection = new FrameConnection(port);
    const initiator = new HandshakeInitiator({
      channel,
      identity: this.identity,
      to: nodeId(name),
      secret: this.secret,
      nonce: randomBytes(32),
    });
    const challenge = await connection.ask(PATTERNS.hello, initiator.hello);
    if (challenge === undefined) return null;
    const answer = initiator.onChallenge(challenge);
    if (answer.kind === 'refused') throw new Error(answer.reason);
    const acceptance = await connection.ask(PATTERNS.prove, answer.proof);
    if (acceptance === undefined) return null;
    const verdict = initiator.onAcceptance(acceptance);
    if (verdict.kind === 'refused') throw new Error(verdict.reason);
    return connection;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((done) => this.server.close(done));
  }

  private take(socket: Socket): void {
    this.sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => this.sockets.delete(socket));
    const frames: Buffer[] = [];
    keep(this.recording.conversations, frames);
    const decoder = new FrameDecoder(FRAME_BYTES_MAX);
    const responder = new HandshakeResponder({
      identity: this.identity,
      secret: this.secret,
      nonce: randomBytes(32),
      admits: () => true,
    });
    socket.on('data', (bytes) => {
      decoder.push(bytes, (frame) => {
        // A copy: what was received is reused.
        keep(frames, encodeFrame(decodeValue(frame)));
        const packet = decodeValue(frame);
        if (isRecord(packet)) this.answer(socket, responder, packet);
      });
    });
  }

  private answer(
    socket: Socket,
    responder: HandshakeResponder,
    { pattern, data, id }: Readonly<Record<string, unknown>>,
  ): void {
    const reply = (response: unknown): void => {
      socket.write(encodeFrame({ id, response, isDisposed: true }));
    };
    switch (pattern) {
      case PATTERNS.hello:
        return reply(responder.onHello(data));
      case PATTERNS.prove:
        return reply(responder.onProof(data));
      case PATTERNS.ping:
        return reply({ clusterId: null });
      case PATTERNS.events:
        return this.keepEvents(data);
      case PATTERNS.requests:
        return this.keepRequests(data);
    }
  }

  private keepEvents(batch: unknown): void {
    if (!Array.isArray(batch)) return;
    for (const [topic, messages] of batch as [string, Buffer[]][]) {
      for (const message of messages) remember(this.recording.events, topic, message);
    }
  }

  private keepRequests(batch: unknown): void {
    if (!Array.isArray(batch)) return;
    for (const [, method, , body] of batch as [number, string, number, Buffer][]) {
      remember(this.recording.requests, method, body);
    }
  }
}

function remember(lists: Map<string, Buffer[]>, name: string, bytes: Buffer): void {
  const list = lists.get(name) ?? [];
  lists.set(name, list);
  keep(list, Buffer.from(bytes));
}

function keep<Item>(list: Item[], item: Item): void {
  if (list.length < KEPT_MAX) list.push(item);
}
