import type { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { invariant } from '@sinkron/invariant';
import { FrameError } from '../frame/frame-error.js';
import { FrameSocket } from '../frame/frame-socket.js';
import type { HandshakeResponder } from '../handshake/handshake-responder.js';
import { FRAME_BYTES_MAX, REFUSAL_LINGER_MS, UNAUTHENTICATED_FRAME_BYTES_MAX } from '../limits.js';
import type { PeerTiming } from '../peer-timing.js';
import { isRecord, isText } from '../wire/wire-value.js';
import { PATTERNS } from '../wire/wire-message.js';
import type { InboundGate } from './inbound-gate.js';
import type { InboundSession } from './inbound-session.js';

/** Characters of the id that Nest gives to a request. */
const PACKET_ID_LENGTH_MAX = 64;

/**
 * Patterns as Nest is given them. It parses each as JSON before it looks the handler up: a bare name
 * would cost it an exception for every message, which was 2 % of a busy node's time.
 */
const ROUTES: ReadonlyMap<unknown, string> = new Map(
  Object.values(PATTERNS).map((pattern) => [pattern, JSON.stringify(pattern)]),
);

/** Takes the batches of an authenticated peer. */
export interface BatchReceiver {
  takeEvents(session: InboundSession, batch: unknown): void;
  takeRequests(session: InboundSession, batch: unknown): void;
}

/** What may come next on a connection that a peer has opened. */
type Stage =
  | { readonly kind: 'hello' }
  /** The hello is here; Nest is on the way with it to the controller, or with the answer back. */
  | { readonly kind: 'prove'; responder: HandshakeResponder | undefined }
  /** The proof is here. */
  | { readonly kind: 'proving'; readonly responder: HandshakeResponder }
  | { readonly kind: 'authenticated'; readonly session: InboundSession }
  | { readonly kind: 'refused' };

/**
 * A connection that a peer, or a stranger, has opened to this node. It is the gate in front of
 * Nest: only what may come next in the handshake, and after it only the patterns of the
 * authenticated channel, become a message for the controller; all else destroys the connection.
 * The controller finds the session here, by `TcpContext.getSocketRef()`. Batches it gets from here at
 * once: Nest would make a dozen promises on the way, for each frame.
 */
export class InboundSocket extends FrameSocket {
  readonly #gate: InboundGate;
  readonly #timing: PeerTiming;
  #stage: Stage = { kind: 'hello' };
  #receiver: BatchReceiver | undefined;
  #timer: NodeJS.Timeout;

  constructor(socket: Socket, gate: InboundGate, timing: PeerTiming) {
    super(socket, {
      frameBytesMax: UNAUTHENTICATED_FRAME_BYTES_MAX,
      incompleteFrameTimeoutMs: timing.incompleteFrameTimeoutMs,
    });
    this.#gate = gate;
    this.#timing = timing;
    this.#timer = this.#after(timing.handshakeTimeoutMs, () =>
      this.destroy(new Error('the handshake was not complete in time')),
    );
    gate.arrived(this);
    const remote = `${socket.remoteAddress}:${socket.remotePort}`;
    socket.on('close', () => this.#closed(remote));
  }

  /** The authenticated peer; undefined while it is a stranger or when the connection is gone. */
  get session(): InboundSession | undefined {
    return this.#stage.kind === 'authenticated' && this.open ? this.#stage.session : undefined;
  }

  /** Called by the controller with the hello. */
  challenged(responder: HandshakeResponder): void {
    invariant(this.#stage.kind === 'prove', 'InboundSocket: a hello before its challenge');
    this.#stage.responder = responder;
  }

  /** Called by the controller with the proof. */
  get responder(): HandshakeResponder {
    invariant(this.#stage.kind === 'proving', 'InboundSocket: a proof before its acceptance');
    return this.#stage.responder;
  }

  /** Called by the controller, before anything but the handshake can come. */
  deliverTo(receiver: BatchReceiver): void {
    this.#receiver = receiver;
  }

  authenticated(session: InboundSession): void {
    invariant(this.#stage.kind === 'proving', 'InboundSocket: a proof before the session');
    this.#stage = { kind: 'authenticated', session };
    // What a guest may ask is short.
    if (!session.guest) this.decoder.raiseLimit(FRAME_BYTES_MAX);
    this.#gate.left(this);
    clearTimeout(this.#timer);
    this.#timer = this.#after(this.#timing.inboundSilenceMs, () => this.#checkSilence());
  }

  /** Leaves the peer the time to read why, then destroys the connection. */
  refused(reason: string): void {
    this.#stage = { kind: 'refused' };
    clearTimeout(this.#timer);
    this.#timer = this.#after(REFUSAL_LINGER_MS, () => this.destroy(new Error(reason)));
  }

  /** Nest would log each reset by a peer as an error; closing is enough, and we log that. */
  override on(event: string, callback: (error?: unknown) => void): this {
    return event === 'error' ? this : super.on(event, callback);
  }

  protected override accept(value: unknown): object | undefined {
    if (!isRecord(value)) throw new FrameError('a packet is a map');
    const { pattern, data, id } = value;
    if (id !== undefined && !isText(id, PACKET_ID_LENGTH_MAX)) throw new FrameError('a packet id');
    if (data === undefined || data === null) throw new FrameError('a packet has data');
    const isRequest = id !== undefined;
    this.#admit(pattern, isRequest);
    if (pattern === PATTERNS.events || pattern === PATTERNS.requests) {
      this.#deliverBatch(pattern, data);
      return undefined;
    }
    const route = ROUTES.get(pattern);
    if (route === undefined) throw new FrameError('a packet of this protocol');
    return isRequest ? { pattern: route, data, id } : { pattern: route, data };
  }

  #deliverBatch(pattern: typeof PATTERNS.events | typeof PATTERNS.requests, data: unknown): void {
    const { session } = this;
    if (session === undefined) return;
    invariant(this.#receiver !== undefined, 'InboundSocket: a receiver before the session');
    if (pattern === PATTERNS.events) this.#receiver.takeEvents(session, data);
    else this.#receiver.takeRequests(session, data);
  }

  #admit(pattern: unknown, isRequest: boolean): void {
    const stage = this.#stage;
    switch (stage.kind) {
      case 'hello':
        if (pattern !== PATTERNS.hello || !isRequest) throw new FrameError('a hello comes first');
        this.#stage = { kind: 'prove', responder: undefined };
        return;
      case 'prove':
        if (pattern !== PATTERNS.prove || !isRequest || stage.responder === undefined) {
          throw new FrameError('a proof comes after the challenge');
        }
        this.#stage = { kind: 'proving', responder: stage.responder };
        return;
      case 'proving':
      case 'refused':
        throw new FrameError('nothing comes before the acceptance');
      case 'authenticated':
        stage.session.admit(pattern, isRequest);
    }
  }

  #checkSilence(): void {
    const silentMs = performance.now() - this.lastHeardAt;
    const left = this.#timing.inboundSilenceMs - silentMs;
    if (left <= 0) return this.destroy(new Error('the peer is silent'));
    this.#timer = this.#after(left, () => this.#checkSilence());
  }

  #after(delayMs: number, action: () => void): NodeJS.Timeout {
    return setTimeout(action, Math.ceil(delayMs));
  }

  #closed(remote: string): void {
    clearTimeout(this.#timer);
    this.#gate.left(this);
    const stage = this.#stage;
    if (stage.kind === 'authenticated') stage.session.closed();
    if (this.fault === undefined) return;
    const who = stage.kind === 'authenticated' ? stage.session.identity.nodeId : remote;
    this.#gate.report(`A peer connection from ${who} was closed: ${this.fault.message}.`);
  }
}
