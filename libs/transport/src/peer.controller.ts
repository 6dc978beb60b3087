import { Controller } from '@nestjs/common';
import { Ctx, MessagePattern, Payload, TcpContext } from '@nestjs/microservices';
import type { Observable } from 'rxjs';
import { invariant } from '@sinkron/invariant';
import { FrameError } from './frame/frame-error.js';
import type { Acceptance, Challenge, Refusal } from './handshake/handshake-message.js';
import { EventDispatcher } from './inbound/event-dispatcher.js';
import { InboundPeers } from './inbound/inbound-peers.js';
import type { InboundSession } from './inbound/inbound-session.js';
import { InboundSocket, type BatchReceiver } from './inbound/inbound-socket.js';
import { RequestDispatcher } from './inbound/request-dispatcher.js';
import { isEventBatch, isRequestBatch, PATTERNS, type ReplyBatch } from './wire/wire-message.js';

/**
 * Where traffic from peers enters. `InboundSocket` has let through only what may come next on the
 * connection, so apart from the handshake every message here is of an authenticated peer; one
 * whose connection has closed meanwhile has no effect.
 */
@Controller()
export class PeerController implements BatchReceiver {
  constructor(
    private readonly peers: InboundPeers,
    private readonly events: EventDispatcher,
    private readonly requests: RequestDispatcher,
  ) {}

  @MessagePattern(PATTERNS.hello)
  hello(@Payload() data: unknown, @Ctx() context: TcpContext): Challenge | Refusal {
    return this.peers.hello(socketOf(context), data);
  }

  @MessagePattern(PATTERNS.prove)
  prove(@Payload() data: unknown, @Ctx() context: TcpContext): Acceptance | Refusal {
    const socket = socketOf(context);
    socket.deliverTo(this);
    return this.peers.prove(socket, data);
  }

  @MessagePattern(PATTERNS.ping)
  ping(@Payload() data: unknown, @Ctx() context: TcpContext): object {
    const { session } = socketOf(context);
    return session === undefined ? {} : this.peers.ping(session, data);
  }

  /** Called by the socket. */
  takeEvents(session: InboundSession, batch: unknown): void {
    if (isEventBatch(batch)) this.events.dispatch(session.identity.nodeId, batch);
    else malformed(session);
  }

  /** Called by the socket. */
  takeRequests(session: InboundSession, batch: unknown): void {
    if (isRequestBatch(batch)) this.requests.dispatch(session, batch);
    else malformed(session);
  }

  @MessagePattern(PATTERNS.replies)
  replies(@Payload() _data: unknown, @Ctx() context: TcpContext): Observable<ReplyBatch> | null {
    return socketOf(context).session?.openReplies() ?? null;
  }
}

/** The connection carries the session; Nest hands it to each message. */
function socketOf(context: TcpContext): InboundSocket {
  const socket = context.getSocketRef();
  invariant(socket instanceof InboundSocket, 'PeerController: served by peerMicroserviceOptions');
  return socket;
}

function malformed(session: InboundSession): void {
  session.destroy(new FrameError('a batch that is none'));
}
