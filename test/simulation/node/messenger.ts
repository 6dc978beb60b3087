import { decodeMessage } from '@sinkron/consensus';
import type { Network } from '../network/network.js';
import { copiedReply, readReply, replyTuple, type Reply } from '../requests/reply.js';
import type { RequestMethod } from '../requests/request-server.js';
import type { World } from '../world/world.js';
import type { NodeEvents } from './node-events.js';
import { decodePacket, encodePacket, type PacketContent } from './packet.js';

/** What a process does with what reaches it. */
export interface MessageHandlers {
  heard(from: string, boot: number, incarnation: string): void;
  raft(from: string, message: Uint8Array): void;
  request(method: string, body: unknown, reply: (reply: Reply) => void): void;
  notice(proposer: string, body: unknown): void;
}

/** What of a process others see. */
export interface Sender {
  readonly nodeId: string;
  readonly boot: number;
  readonly incarnation: string;
}

/** One process on the network: what it sends, and what becomes of what it receives. */
export class Messenger {
  private readonly asked = new Map<string, (reply: Reply) => void>();
  private lastRequest = 0;

  constructor(
    private readonly sender: Sender,
    private readonly around: { readonly world: World; readonly network: Network },
    private readonly events: NodeEvents,
    private readonly handlers: MessageHandlers,
  ) {}

  receive(from: string, bytes: Uint8Array): void {
    const packet = decodePacket(bytes);
    this.handlers.heard(from, packet.boot, packet.incarnation);
    switch (packet.kind) {
      case 'raft':
        this.noteMessage('<-', packet.message);
        return this.handlers.raft(from, packet.message);
      case 'request': {
        const { requestId } = packet;
        return this.handlers.request(packet.method, packet.body, (reply) =>
          this.send(from, { kind: 'reply', requestId, body: replyTuple(reply) }),
        );
      }
      case 'reply': {
        const replied = this.asked.get(packet.requestId);
        this.asked.delete(packet.requestId);
        return replied?.(readReply(packet.body));
      }
      case 'notice':
        return this.handlers.notice(packet.proposer, packet.body);
    }
  }

  /** Asks a node, perhaps the own one; `replied` may never be called. */
  ask(node: string, method: RequestMethod, body: unknown, replied: (reply: Reply) => void): void {
    if (node === this.sender.nodeId) {
      this.events.after(0, () =>
        this.handlers.request(method, body, (reply) => replied(copiedReply(reply))),
      );
      return;
    }
    this.lastRequest += 1;
    const requestId = `${this.sender.boot}.${this.lastRequest}`;
    this.asked.set(requestId, replied);
    this.send(node, { kind: 'request', requestId, method, body });
  }

  notify(node: string, proposer: string, body: unknown): void {
    if (node === this.sender.nodeId) {
      this.events.after(0, () => this.handlers.notice(proposer, body));
      return;
    }
    this.send(node, { kind: 'notice', proposer, body });
  }

  /** @param bulk beside the other messages, see `MessagePort`. */
  sendRaft(to: string, message: Uint8Array, bulk: boolean): void {
    this.noteMessage('->', message);
    this.send(to, { kind: 'raft', message }, bulk);
  }

  private send(to: string, content: PacketContent, bulk = false): void {
    const { nodeId, boot, incarnation } = this.sender;
    const packet = encodePacket({ boot, incarnation, ...content });
    const once = content.kind === 'request' || content.kind === 'reply';
    this.around.network.send(nodeId, to, packet, { once, bulk });
  }

  private noteMessage(direction: '->' | '<-', bytes: Uint8Array): void {
    const { message } = decodeMessage(bytes);
    const { from, to, kind, term } = message;
    this.around.world.note(`${from} ${direction} ${to} ${kind} t${term}`);
  }
}
