import { nodeId, type NodeId } from '@sinkron/config';
import type { PeerTransport } from '@sinkron/transport';
import { RAFT_BULK_TIMEOUT_MS } from './raft/driver/limits.js';
import type { MessagePort } from './raft/driver/ports.js';

/** Events of this topic are Raft messages, see `encodeMessage`. */
const RAFT_TOPIC = 'raft';

/**
 * Requests with one Raft message each, on the channel of its own that large ones take: parts of
 * snapshots must not delay heartbeats.
 */
const RAFT_BULK_METHOD = 'raft.bulk';

type Receive = (from: NodeId, messages: readonly Uint8Array[]) => void;

/** Brings Raft messages from node to node; each may be lost, as Raft expects. */
export class RaftCourier implements MessagePort {
  constructor(
    private readonly self: NodeId,
    private readonly transport: Pick<
      PeerTransport,
      'sendEvent' | 'request' | 'onEvents' | 'handle'
    >,
  ) {}

  onMessages(receive: Receive): void {
    this.transport.onEvents(RAFT_TOPIC, receive);
    this.transport.handle(RAFT_BULK_METHOD, (from, body) => {
      if (body instanceof Uint8Array) receive(from, [body]);
      return null;
    });
  }

  send(node: string, bytes: Uint8Array, bulk: boolean): void {
    const to = nodeId(node);
    // A replica on a disk that this node had before may be a member still: nobody speaks for it any more.
    if (to === this.self) return;
    if (!bulk) {
      this.transport.sendEvent(to, RAFT_TOPIC, bytes);
      return;
    }
    const timeoutMs = RAFT_BULK_TIMEOUT_MS;
    // Whether it arrived is told by Raft itself.
    this.transport.request(to, RAFT_BULK_METHOD, bytes, { timeoutMs }).catch(() => {});
  }
}
