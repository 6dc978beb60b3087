import { Observable, type Subscriber } from 'rxjs';
import { invariant } from '@sinkron/invariant';
import { FrameError } from '../frame/frame-error.js';
import {
  GUEST_REQUESTS_IN_FLIGHT_MAX,
  REQUESTS_IN_FLIGHT_MAX,
  UNSENT_BYTES_MAX,
} from '../limits.js';
import type { PeerIdentity } from '../identity/peer-identity.js';
import type { Channel } from '../peer-status.js';
import { TurnBatch } from '../frame/turn-batch.js';
import {
  PATTERNS,
  REPLY_STATUS,
  type ReplyBatch,
  type ReplyStatus,
  type WireReply,
} from '../wire/wire-message.js';

/** The part of a connection that a session uses. */
export interface SessionConnection {
  readonly lastHeardAt: number;
  readonly unsentBytes: number;
  destroy(fault?: Error): void;
}

const NO_PAYLOAD = new Uint8Array(0);
/** Bytes of a reply besides its payload. */
const REPLY_OVERHEAD_BYTES = 16;

/** Who has authenticated itself, and for what. */
export interface SessionOwner {
  readonly identity: PeerIdentity;
  readonly channel: Channel;
  /** It is no peer of this node: it may ask for little, and tells nothing. */
  readonly guest: boolean;
}

/** An authenticated peer, or guest, on one connection that it has opened. */
export class InboundSession {
  readonly #connection: SessionConnection;
  readonly #onClose: (session: InboundSession) => void;
  /** Replies of one callback leave together: what an entry has settled, for instance. */
  readonly #replies = new TurnBatch<WireReply>('callback', (replies) => this.#write(replies));
  /** Replies that were ready before Nest had subscribed; at most one for each request in flight. */
  #early: WireReply[] = [];
  #stream: 'none' | 'asked' | Subscriber<ReplyBatch> | 'closed' = 'none';
  /** Requests whose handler has not settled. */
  #inFlight = 0;

  /** Its cluster id follows the peer's pings. */
  identity: PeerIdentity;
  readonly channel: Channel;
  readonly guest: boolean;

  constructor(
    { identity, channel, guest }: SessionOwner,
    connection: SessionConnection,
    onClose: (session: InboundSession) => void,
  ) {
    this.identity = identity;
    this.channel = channel;
    this.guest = guest;
    this.#connection = connection;
    this.#onClose = onClose;
  }

  /** In milliseconds of `performance.now()`. */
  get lastHeardAt(): number {
    return this.#connection.lastHeardAt;
  }

  /**
   * Whether a packet belongs on this channel.
   *
   * @throws FrameError when it does not; then the connection is destroyed.
   */
  admit(pattern: unknown, isRequest: boolean): void {
    if (pattern === PATTERNS.ping && isRequest) return;
    if (pattern === PATTERNS.events && !isRequest && this.channel === 'raft') return;
    if (this.channel === 'bulk') {
      if (pattern === PATTERNS.requests && !isRequest && this.#stream !== 'none') return;
      if (pattern === PATTERNS.replies && isRequest && this.#stream === 'none') {
        this.#stream = 'asked';
        return;
      }
    }
    throw new FrameError('a packet that this channel does not carry');
  }

  /** The replies to all requests of this connection, in batches, until it closes. */
  openReplies(): Observable<ReplyBatch> {
    return new Observable((subscriber) => {
      if (this.#stream === 'closed') return subscriber.complete();
      invariant(this.#stream === 'asked', 'InboundSession: one stream of replies');
      this.#stream = subscriber;
      const early = this.#early;
      this.#early = [];
      if (early.length > 0) subscriber.next(early);
    });
  }

  /** Takes a place for a request; false when there is none, and the request must be refused. */
  begin(): boolean {
    const most = this.guest ? GUEST_REQUESTS_IN_FLIGHT_MAX : REQUESTS_IN_FLIGHT_MAX;
    if (this.#inFlight >= most) return false;
    this.#inFlight += 1;
    return true;
  }

  /** Gives the place of a request back with its reply. */
  finish(id: number, status: ReplyStatus, payload: Uint8Array): void {
    invariant(this.#inFlight > 0, 'InboundSession: a request finishes once');
    this.#inFlight -= 1;
    const waiting = this.#connection.unsentBytes + this.#replies.bytes;
    if (waiting > 0 && waiting + payload.length > UNSENT_BYTES_MAX) {
      this.#push(id, REPLY_STATUS.dropped, NO_PAYLOAD);
    } else {
      this.#push(id, status, payload);
    }
  }

  /** Answers that a request will not be handled. */
  refuse(id: number): void {
    this.#push(id, REPLY_STATUS.refused, NO_PAYLOAD);
  }

  destroy(fault: Error): void {
    this.#connection.destroy(fault);
  }

  /** Called once by the connection. */
  closed(): void {
    const stream = this.#stream;
    this.#stream = 'closed';
    this.#early = [];
    // Completing lets Nest forget the stream: it does not look at sockets that close.
    if (typeof stream !== 'string') stream.complete();
    this.#onClose(this);
  }

  #push(id: number, status: ReplyStatus, payload: Uint8Array): void {
    if (this.#stream === 'closed') return;
    this.#replies.push([id, status, payload], payload.length + REPLY_OVERHEAD_BYTES);
  }

  #write(replies: WireReply[]): void {
    switch (this.#stream) {
      case 'closed':
        return;
      case 'none':
      case 'asked':
        this.#early.push(...replies);
        return;
      default:
        this.#stream.next(replies);
    }
  }
}
