import { connect, type Socket } from 'node:net';
import { nodeId, type NodeId } from '@sinkron/config';
import { FrameDecoder } from '../frame/frame-decoder.js';
import { decodeValue, encodeFrame } from '../frame/message-pack.js';
import { HandshakeInitiator } from '../handshake/handshake-initiator.js';
import { FRAME_BYTES_MAX } from '../limits.js';
import type { Channel } from '../peer-status.js';
import { isRecord } from '../wire/wire-value.js';
import { PATTERNS } from '../wire/wire-message.js';
import { eventually } from './eventually.js';

/** A bare socket that talks to a node: as a peer would, or as it should not. */
export class RawPeer {
  readonly socket: Socket;
  /** Packets received so far. */
  readonly packets: Readonly<Record<string, unknown>>[] = [];
  closed = false;
  readonly #decoder = new FrameDecoder(FRAME_BYTES_MAX);

  private constructor(port: number) {
    this.socket = connect(port, '127.0.0.1');
    this.socket.on('data', (bytes) => {
      this.#decoder.push(bytes, (frame) => {
        const packet = decodeValue(frame);
        if (isRecord(packet)) this.packets.push(packet);
      });
    });
    this.socket.on('error', () => {});
    this.socket.on('close', () => {
      this.closed = true;
    });
  }

  static async open(port: number): Promise<RawPeer> {
    const peer = new RawPeer(port);
    await eventually(() => !peer.socket.connecting);
    return peer;
  }

  /** Opens a connection and completes the handshake as node1, or `self`, does with node2, or `to`. */
  static async authenticated(
    port: number,
    channel: Channel,
    secret?: string,
    self: NodeId = nodeId('node1'),
    to: NodeId = nodeId('node2'),
  ): Promise<RawPeer> {
    const peer = await RawPeer.open(port);
    const initiator = RawPeer.initiator(channel, secret, self, to);
    const challenge = await peer.ask(PATTERNS.hello, initiator.hello);
    const answer = initiator.onChallenge(challenge);
    if (answer.kind === 'refused') throw new Error(answer.reason);
    const verdict = initiator.onAcceptance(await peer.ask(PATTERNS.prove, answer.proof));
    if (verdict.kind === 'refused') throw new Error(verdict.reason);
    return peer;
  }

  static initiator(
    channel: Channel,
    secret?: string,
    self: NodeId = nodeId('node1'),
    to: NodeId = nodeId('node2'),
  ): HandshakeInitiator {
    return new HandshakeInitiator({
      channel,
      identity: {
        nodeId: self,
        incarnation: '0123456789abcdef0123456789abcdef',
        diskId: 'disk of the bare socket',
        httpUrl: 'http://127.0.0.1:8001',
        roles: ['locks'],
        clusterId: null,
      },
      to,
      secret,
      nonce: Buffer.alloc(32, 1),
    });
  }

  send(packet: object): void {
    this.socket.write(encodeFrame(packet));
  }

  write(bytes: Uint8Array | string): void {
    this.socket.write(bytes);
  }

  /** Sends a request as Nest does and gives its first response. */
  async ask(pattern: string, data: object): Promise<unknown> {
    this.send({ pattern, data, id: pattern });
    const answer = () => this.packets.find(({ id, response }) => id === pattern && response);
    await eventually(() => answer() !== undefined || this.closed);
    return answer()?.['response'];
  }
}
