import { randomBytes } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import type { PeerAddress } from '@sinkron/config';
import { invariant } from '@sinkron/invariant';
import { HandshakeInitiator } from '../handshake/handshake-initiator.js';
import { BULK_PING_INTERVAL_FACTOR, NONCE_BYTES } from '../limits.js';
import type { LocalIdentity } from '../identity/local-identity.js';
import type { PeerIdentity } from '../identity/peer-identity.js';
import type { Channel } from '../peer-status.js';
import type { PeerTiming } from '../peer-timing.js';
import { ChannelClient } from './channel-client.js';
import type { ChannelSender } from './channel-sender.js';
import { Heartbeat } from './heartbeat.js';
import { openConnection, type ConnectionOutcome } from './open-connection.js';
import { ReconnectDelay } from './reconnect-delay.js';

export interface OutboundChannelOptions<Sender extends ChannelSender> {
  readonly channel: Channel;
  readonly peer: PeerAddress;
  readonly local: LocalIdentity;
  readonly secret: string | undefined;
  readonly timing: PeerTiming;
  readonly makeSender: (client: ChannelClient) => Sender;
  readonly listener: OutboundChannelListener;
}

export interface OutboundChannelListener {
  onReady(identity: PeerIdentity): void;
  onPong(roundTripMs: number, clusterId: string | null): void;
  /** A ready connection is gone; another attempt follows. */
  onLost(): void;
  /** An attempt came to nothing; `refusal` says why when there was a handshake. */
  onAttemptFailed(refusal: string | null): void;
  /** The peer did not answer pings; `onLost` follows. */
  onSilence(): void;
}

type Phase<Sender> =
  | { readonly kind: 'idle' }
  | { readonly kind: 'connecting'; readonly client: ChannelClient }
  | {
      readonly kind: 'ready';
      readonly client: ChannelClient;
      readonly sender: Sender;
      readonly heartbeat: Heartbeat;
      readonly since: number;
    }
  | { readonly kind: 'waiting'; readonly timer: NodeJS.Timeout }
  | { readonly kind: 'closed' };

/** One channel to one peer: connects, shakes hands, pings, and connects again until closed. */
export class OutboundChannel<Sender extends ChannelSender> {
  readonly #options: OutboundChannelOptions<Sender>;
  readonly #delay: ReconnectDelay;
  #phase: Phase<Sender> = { kind: 'idle' };

  constructor(options: OutboundChannelOptions<Sender>) {
    this.#options = options;
    this.#delay = new ReconnectDelay(options.timing, Math.random);
  }

  /** What to send with; undefined while there is no authenticated connection. */
  get sender(): Sender | undefined {
    return this.#phase.kind === 'ready' ? this.#phase.sender : undefined;
  }

  /** In milliseconds of `performance.now()`; undefined without an authenticated connection. */
  get lastHeardAt(): number | undefined {
    return this.#phase.kind === 'ready' ? this.#phase.client.lastHeardAt : undefined;
  }

  /** Connects, and from then on again whenever the connection is lost. Idempotent. */
  dial(): void {
    if (this.#phase.kind === 'idle') this.#connect();
  }

  /** Drops the connection; another attempt follows. */
  reconnect(fault: Error): void {
    if (this.#phase.kind === 'ready') this.#phase.client.destroy(fault);
  }

  close(): void {
    const phase = this.#phase;
    if (phase.kind === 'ready') this.#leave(phase);
    this.#phase = { kind: 'closed' };
    if (phase.kind === 'waiting') clearTimeout(phase.timer);
    if (phase.kind === 'connecting' || phase.kind === 'ready') phase.client.destroy();
  }

  #connect(): void {
    const { channel, peer, local, secret, timing } = this.#options;
    const client = new ChannelClient(peer);
    this.#phase = { kind: 'connecting', client };
    const initiator = new HandshakeInitiator({
      channel,
      identity: local.identity,
      to: peer.nodeId,
      secret,
      nonce: randomBytes(NONCE_BYTES),
    });
    void openConnection(client, initiator, timing).then((outcome) => this.#opened(client, outcome));
  }

  #opened(client: ChannelClient, outcome: ConnectionOutcome): void {
    if (this.#phase.kind !== 'connecting' || this.#phase.client !== client) {
      client.destroy();
      return;
    }
    if (outcome.kind !== 'accepted') {
      client.destroy();
      this.#wait();
      this.#options.listener.onAttemptFailed(outcome.kind === 'refused' ? outcome.reason : null);
      return;
    }
    const sender = this.#options.makeSender(client);
    const heartbeat = this.#startHeartbeat(client);
    this.#phase = { kind: 'ready', client, sender, heartbeat, since: performance.now() };
    void client.closed.then(() => this.#lost(client));
    this.#options.listener.onReady(outcome.identity);
  }

  #startHeartbeat(client: ChannelClient): Heartbeat {
    const { channel, local, timing, listener } = this.#options;
    return new Heartbeat({
      client,
      intervalMs: timing.pingIntervalMs * (channel === 'raft' ? 1 : BULK_PING_INTERVAL_FACTOR),
      clusterId: () => local.clusterId,
      onPong: (roundTripMs, clusterId) => {
        if (this.#phase.kind !== 'ready') return;
        // A peer that hangs up at once must not be called again every few milliseconds.
        const readyMs = performance.now() - this.#phase.since;
        if (readyMs >= timing.pingIntervalMs) this.#delay.reset();
        listener.onPong(roundTripMs, clusterId);
      },
      onSilence: () => {
        client.destroy(new Error('the peer does not answer pings'));
        listener.onSilence();
      },
    });
  }

  #lost(client: ChannelClient): void {
    const phase = this.#phase;
    if (phase.kind !== 'ready' || phase.client !== client) return;
    this.#wait();
    this.#leave(phase);
    this.#options.listener.onLost();
  }

  #leave({ heartbeat, sender }: Phase<Sender> & { kind: 'ready' }): void {
    heartbeat.stop();
    sender.disconnected();
  }

  #wait(): void {
    invariant(this.#phase.kind !== 'waiting', 'OutboundChannel: one retry at a time');
    const timer = setTimeout(() => this.#connect(), this.#delay.nextMs());
    this.#phase = { kind: 'waiting', timer };
  }
}
