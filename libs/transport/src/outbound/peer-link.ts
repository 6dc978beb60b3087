import { performance } from 'node:perf_hooks';
import { Logger } from '@nestjs/common';
import type { PeerAddress } from '@sinkron/config';
import type { LocalIdentity } from '../identity/local-identity.js';
import { clusterIdsDiffer, type PeerIdentity } from '../identity/peer-identity.js';
import type { Channel, PeerMetrics, PeerStatus } from '../peer-status.js';
import type { PeerTiming } from '../peer-timing.js';
import { EventSender } from './event-sender.js';
import { OutboundChannel, type OutboundChannelListener } from './outbound-channel.js';
import { RequestSender } from './request-sender.js';

export interface PeerLinkOptions {
  readonly peer: PeerAddress;
  readonly local: LocalIdentity;
  readonly secret: string | undefined;
  readonly timing: PeerTiming;
  readonly metrics: PeerMetrics | undefined;
  /** When the peer was last heard on a connection that it has opened. */
  readonly inboundHeardAt: () => number | undefined;
  /** Connected, disconnected, or another incarnation. */
  readonly onChange: (status: PeerStatus) => void;
}

/** Everything of one peer: both channels to it, and what is known of it. */
export class PeerLink {
  readonly peer: PeerAddress;
  readonly raft: OutboundChannel<EventSender>;
  readonly bulk: OutboundChannel<RequestSender>;
  readonly #options: PeerLinkOptions;
  readonly #logger = new Logger('PeerTransport');
  /** Of each channel's connection, to notice that it leads to a process that is no more. */
  readonly #incarnations = new Map<Channel, string>();
  #identity: PeerIdentity | null = null;
  #lastHeardAt: number | undefined;
  #roundTripMs: number | null = null;
  /** Why the last attempt on a channel was refused. */
  readonly #refusals = new Map<Channel, string>();
  #closed = false;
  /** What the listener was told last. */
  #told: { readonly connected: boolean; readonly incarnation: string | undefined } = {
    connected: false,
    incarnation: undefined,
  };

  constructor(options: PeerLinkOptions) {
    this.#options = options;
    this.peer = options.peer;
    const { nodeId } = options.peer;
    this.raft = new OutboundChannel({
      ...options,
      channel: 'raft',
      makeSender: (client) => new EventSender(client),
      listener: this.#listenTo('raft'),
    });
    this.bulk = new OutboundChannel({
      ...options,
      channel: 'bulk',
      makeSender: (client) => new RequestSender(client, nodeId),
      listener: this.#listenTo('bulk'),
    });
  }

  get status(): PeerStatus {
    const heardAt = this.#heardAt();
    return {
      nodeId: this.peer.nodeId,
      connected: this.#connected,
      lastHeardMs: heardAt === undefined ? null : Math.max(0, performance.now() - heardAt),
      roundTripMs: this.#roundTripMs,
      identity: this.#identity,
      refusal: this.#refusals.get('raft') ?? this.#refusals.get('bulk') ?? null,
    };
  }

  dial(): void {
    this.raft.dial();
    this.bulk.dial();
  }

  close(): void {
    this.#closed = true;
    this.raft.close();
    this.bulk.close();
    this.#changed();
  }

  /** The peer has said who it is, on a connection of either direction. */
  identified(identity: PeerIdentity): void {
    this.#identity = identity;
    for (const [channel, incarnation] of this.#incarnations) {
      if (incarnation !== identity.incarnation) {
        this[channel].reconnect(new Error('the peer has restarted'));
      }
    }
    this.checkClusterId();
    this.#changed();
  }

  /** Leaves a peer of another cluster, once both know theirs. */
  checkClusterId(): void {
    const other = this.#identity?.clusterId ?? null;
    if (!clusterIdsDiffer(other, this.#options.local.clusterId)) return;
    const fault = new Error(`${this.peer.nodeId} belongs to cluster ${other}`);
    this.raft.reconnect(fault);
    this.bulk.reconnect(fault);
  }

  get #connected(): boolean {
    return !this.#closed && this.raft.sender !== undefined && this.bulk.sender !== undefined;
  }

  #listenTo(channel: Channel): OutboundChannelListener {
    return {
      onReady: (identity) => {
        this.#refusals.delete(channel);
        this.#incarnations.set(channel, identity.incarnation);
        this.identified(identity);
      },
      onPong: (roundTripMs, clusterId) => this.#pong(channel, roundTripMs, clusterId),
      onLost: () => {
        this.#incarnations.delete(channel);
        this.#changed();
      },
      onAttemptFailed: (refusal) => this.#attemptFailed(channel, refusal),
      onSilence: () => {
        this.#logger.warn(`${this.peer.nodeId} does not answer pings on the channel ${channel}.`);
        // The channel raft notices first, and a peer that is dead is dead on both.
        if (channel === 'raft') this.bulk.reconnect(new Error('the peer does not answer pings'));
      },
    };
  }

  #pong(channel: Channel, roundTripMs: number, clusterId: string | null): void {
    if (channel === 'raft') {
      this.#roundTripMs = roundTripMs;
      this.#options.metrics?.observeRoundTrip(this.peer.nodeId, roundTripMs / 1_000);
    }
    if (this.#identity !== null && this.#identity.clusterId !== clusterId) {
      this.identified({ ...this.#identity, clusterId });
    }
  }

  #attemptFailed(channel: Channel, refusal: string | null): void {
    if (refusal === null) {
      this.#refusals.delete(channel);
      return;
    }
    if (refusal !== this.status.refusal) {
      this.#logger.warn(`${this.peer.nodeId} is not connected: ${refusal}`);
    }
    this.#refusals.set(channel, refusal);
  }

  /** Remembers the latest instant, which a closed connection would take with it. */
  #heardAt(): number | undefined {
    const heard = [
      this.#lastHeardAt,
      this.raft.lastHeardAt,
      this.bulk.lastHeardAt,
      this.#options.inboundHeardAt(),
    ].filter((instant) => instant !== undefined);
    if (heard.length > 0) this.#lastHeardAt = Math.max(...heard);
    return this.#lastHeardAt;
  }

  #changed(): void {
    const connected = this.#connected;
    const incarnation = this.#identity?.incarnation;
    if (connected === this.#told.connected && incarnation === this.#told.incarnation) return;
    this.#told = { connected, incarnation };
    this.#options.onChange(this.status);
  }
}
