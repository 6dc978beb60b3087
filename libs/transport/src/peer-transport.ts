import { Inject, Injectable, Logger, Optional, type OnApplicationShutdown } from '@nestjs/common';
import {
  CONFIGURATION,
  type NodeId,
  type PeerAddress,
  type SinkronConfiguration,
} from '@sinkron/config';
import { invariant } from '@sinkron/invariant';
import { EventDispatcher, type EventHandler } from './inbound/event-dispatcher.js';
import { InboundPeers, type ListedPeer } from './inbound/inbound-peers.js';
import {
  RequestDispatcher,
  type Askers,
  type RequestHandler,
} from './inbound/request-dispatcher.js';
import { NAME_LENGTH_MAX } from './limits.js';
import { LocalIdentity } from './identity/local-identity.js';
import { PeerLink } from './outbound/peer-link.js';
import type { PeerIdentity } from './identity/peer-identity.js';
import { PEER_METRICS, type PeerMetrics, type PeerStatus } from './peer-status.js';
import { PEER_TIMING, PEER_TIMING_DEFAULT, type PeerTiming } from './peer-timing.js';
import { stopOnViolation } from './stop-on-violation.js';
import { TransportError } from './transport-error.js';

export interface RequestOptions {
  /** How long to wait for the reply, in milliseconds. */
  readonly timeoutMs: number;
}

/**
 * Messages between this node and its peers.
 *
 * A peer is called at the first message to it, or by `connect`; from then on it is called again
 * whenever the connection is lost. Until the first handshake is complete, events to it are dropped
 * and requests are `NOT_SENT`. Messages to this node itself are a broken invariant.
 */
@Injectable()
export class PeerTransport implements OnApplicationShutdown {
  readonly #links = new Map<NodeId, PeerLink>();
  readonly #listeners: ((status: PeerStatus) => void)[] = [];
  readonly #secret: string | undefined;
  readonly #timing: PeerTiming;
  readonly #logger = new Logger('PeerTransport');
  #closed = false;

  constructor(
    @Inject(CONFIGURATION) configuration: SinkronConfiguration,
    private readonly local: LocalIdentity,
    private readonly inbound: InboundPeers,
    private readonly events: EventDispatcher,
    private readonly requests: RequestDispatcher,
    @Optional() @Inject(PEER_METRICS) private readonly metrics?: PeerMetrics,
    @Optional() @Inject(PEER_TIMING) timing?: PeerTiming,
  ) {
    this.#secret = configuration.peerSecret;
    this.#timing = timing ?? PEER_TIMING_DEFAULT;
    inbound.onIdentity((identity) => this.#links.get(identity.nodeId)?.identified(identity));
    this.updatePeers(configuration.peers);
  }

  /** What this node tells its peers of itself. */
  get identity(): PeerIdentity {
    return this.local.identity;
  }

  /**
   * Sends an event on the channel `raft`, with all others of this callback of the event loop in one
   * frame. There is no acknowledgement: an event may be lost, and after a reconnection overtaken.
   *
   * @param message must not be changed before the callback ends; at most `MESSAGE_BYTES_MAX`.
   * @returns false when it was dropped: not connected, or too many bytes wait for the peer.
   */
  sendEvent(to: NodeId, topic: string, message: Uint8Array): boolean {
    invariant(topic.length <= NAME_LENGTH_MAX, 'PeerTransport: a short topic', { topic });
    return this.#link(to)?.raft.sender?.send(topic, message) ?? false;
  }

  /**
   * Registers the one handler of a topic. It is called once for each received frame, must be
   * synchronous, and must judge what it gets: a peer may be of another version. The messages are
   * views of the received bytes; who keeps a small part of one for long copies it.
   */
  onEvents(topic: string, handler: EventHandler): void {
    this.events.register(topic, handler);
  }

  /**
   * Asks a peer on the channel `bulk`.
   *
   * @param body JSON values, `undefined`, 64-bit `bigint`, `Date`, `Uint8Array`, and plain objects
   *   and arrays of these, at most `MESSAGE_BYTES_MAX` encoded; read before this returns.
   * @returns what the peer's handler has returned; a `Uint8Array` arrives as a `Buffer`.
   * @throws TransportError (as a rejection)
   */
  request(
    to: NodeId,
    method: string,
    body: unknown,
    { timeoutMs }: RequestOptions,
  ): Promise<unknown> {
    const sender = this.#link(to)?.bulk.sender;
    if (sender !== undefined) return sender.send(method, body, timeoutMs);
    return Promise.reject(TransportError.notSent(`no request to ${to}: not connected`));
  }

  /**
   * Registers the one handler of a method; before the microservice listens.
   *
   * @param askers `guests`: also nodes that know the secret but are no peers may ask, in at most
   *   `UNAUTHENTICATED_FRAME_BYTES_MAX`. The handler must trust neither their name nor their words.
   */
  handle(method: string, handler: RequestHandler, askers: Askers = 'peers'): void {
    this.requests.register(method, handler, askers);
  }

  /** Calls all peers now, where without it each is called at the first message to it. */
  connect(): void {
    if (this.#closed) return;
    for (const link of this.#links.values()) link.dial();
  }

  /** All peers, this node not among them. */
  peers(): readonly PeerStatus[] {
    return [...this.#links.values()].map((link) => link.status);
  }

  /** @returns undefined when `nodeId` is no peer. */
  status(nodeId: NodeId): PeerStatus | undefined {
    return this.#links.get(nodeId)?.status;
  }

  /** Tells when a peer is connected, disconnected, or identifies itself as another incarnation. */
  onPeerChange(listener: (status: PeerStatus) => void): void {
    this.#listeners.push(listener);
  }

  /** Tells when a node that is no peer has connected: one listener, and it must not throw. */
  onGuest(listener: (identity: PeerIdentity) => void): void {
    this.inbound.onGuest(listener);
  }

  /**
   * Replaces the list of peers, with their disks where these are known; this node may be among them. Connections to peers that are gone
   * or have moved are closed; new peers are called at the first message or by `connect`.
   */
  updatePeers(peers: readonly (PeerAddress & ListedPeer)[]): void {
    const addresses = new Map(peers.map((peer) => [peer.nodeId, peer]));
    addresses.delete(this.local.nodeId);
    for (const [nodeId, link] of this.#links) {
      const address = addresses.get(nodeId);
      if (address?.host === link.peer.host && address.port === link.peer.port) continue;
      this.#links.delete(nodeId);
      link.close();
    }
    for (const [nodeId, peer] of addresses) {
      if (!this.#links.has(nodeId)) this.#links.set(nodeId, this.#makeLink(peer));
    }
    this.inbound.setPeers(addresses.values());
  }

  /** Sets the cluster that this node belongs to, once. Peers of another are left. */
  setClusterId(clusterId: string): void {
    this.local.setClusterId(clusterId);
    this.inbound.checkClusterIds();
    for (const link of this.#links.values()) link.checkClusterId();
  }

  /** Closes the connections that this node has opened; Nest closes those of its server. */
  close(): void {
    this.#closed = true;
    for (const link of this.#links.values()) link.close();
  }

  /** After HTTP has drained: its last requests may still need a peer. */
  onApplicationShutdown(): void {
    this.close();
  }

  #link(to: NodeId): PeerLink | undefined {
    invariant(to !== this.local.nodeId, 'PeerTransport: no message to this node itself', { to });
    if (this.#closed) return undefined;
    const link = this.#links.get(to);
    link?.dial();
    return link;
  }

  #makeLink(peer: PeerAddress): PeerLink {
    return new PeerLink({
      peer,
      local: this.local,
      secret: this.#secret,
      timing: this.#timing,
      metrics: this.metrics,
      inboundHeardAt: () => this.inbound.lastHeardAt(peer.nodeId),
      onChange: (status) => this.#tell(status),
    });
  }

  #tell(status: PeerStatus): void {
    for (const listener of this.#listeners) {
      try {
        listener(status);
      } catch (error) {
        if (!stopOnViolation(error)) this.#logger.error({ error }, 'listener of peer changes');
      }
    }
  }
}
