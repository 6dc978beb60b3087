import { randomBytes } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { Inject, Injectable, Optional } from '@nestjs/common';
import { CONFIGURATION, type NodeId, type SinkronConfiguration } from '@sinkron/config';
import { invariant } from '@sinkron/invariant';
import { FrameError } from '../frame/frame-error.js';
import {
  refusal,
  type Acceptance,
  type Challenge,
  type Refusal,
} from '../handshake/handshake-message.js';
import { HandshakeResponder } from '../handshake/handshake-responder.js';
import { GUESTS_MAX, NONCE_BYTES } from '../limits.js';
import { LocalIdentity } from '../identity/local-identity.js';
import { clusterIdsDiffer, isClusterId, type PeerIdentity } from '../identity/peer-identity.js';
import { CHANNELS, type Channel } from '../peer-status.js';
import { PEER_TIMING, PEER_TIMING_DEFAULT, type PeerTiming } from '../peer-timing.js';
import { isRecord } from '../wire/wire-value.js';
import { InboundSession } from './inbound-session.js';
import type { InboundSocket } from './inbound-socket.js';

/**
 * The peers that have connected to this node, one session for each peer and channel; and guests: nodes
 * that know the secret but are no peers, such as one that wants to join. A guest has the channel `bulk`
 * only, for the few methods that are open to guests, and counts for nothing else.
 *
 * Of two processes with the node id of a peer, one is the peer: that with the disk with which the peer is
 * listed, at any time; of others who came first, until nothing was heard of it for `rivalSilenceMs`. A disk
 * that is not listed is not refused as such: a group may count on it still.
 */
@Injectable()
export class InboundPeers {
  readonly #sessions = new Map<string, InboundSession>();
  /** In the order of arrival. */
  readonly #guests = new Map<NodeId, InboundSession>();
  readonly #local: LocalIdentity;
  readonly #secret: string | undefined;
  readonly #rivalSilenceMs: number;
  /** With the disks with which they are listed, where these are known. */
  #peers: ReadonlyMap<NodeId, string | null> = new Map();
  #onIdentity: (identity: PeerIdentity) => void = () => {};
  #onGuest: (identity: PeerIdentity) => void = () => {};

  constructor(
    local: LocalIdentity,
    @Inject(CONFIGURATION) { peerSecret }: SinkronConfiguration,
    @Optional() @Inject(PEER_TIMING) timing?: PeerTiming,
  ) {
    this.#local = local;
    this.#secret = peerSecret;
    this.#rivalSilenceMs = (timing ?? PEER_TIMING_DEFAULT).rivalSilenceMs;
  }

  /** Called with the identity of each peer that has authenticated itself. */
  onIdentity(listener: (identity: PeerIdentity) => void): void {
    this.#onIdentity = listener;
  }

  /** Called with the identity of each guest that has authenticated itself. */
  onGuest(listener: (identity: PeerIdentity) => void): void {
    this.#onGuest = listener;
  }

  /** These are the peers from now on; others are guests at most, and connect anew. */
  setPeers(peers: Iterable<ListedPeer>): void {
    this.#peers = new Map([...peers].map(({ nodeId, diskId = null }) => [nodeId, diskId]));
    for (const session of this.#sessions.values()) {
      if (!this.#peers.has(session.identity.nodeId)) {
        session.destroy(new Error('the peer has been removed'));
      }
    }
    for (const session of this.#guests.values()) {
      if (this.#isPeer(session.identity)) session.destroy(new Error('the guest is a peer now'));
    }
  }

  session(nodeId: NodeId, channel: Channel): InboundSession | undefined {
    return this.#sessions.get(key(nodeId, channel));
  }

  /** When anything came on a connection of the peer, in `performance.now()` milliseconds. */
  lastHeardAt(nodeId: NodeId): number | undefined {
    let last: number | undefined;
    for (const channel of CHANNELS) {
      const heard = this.session(nodeId, channel)?.lastHeardAt;
      if (heard !== undefined && (last === undefined || heard > last)) last = heard;
    }
    return last;
  }

  /** Drops the peers of another cluster, once this node knows its own. */
  checkClusterIds(): void {
    const all = [...this.#sessions.values(), ...this.#guests.values()];
    for (const session of all) this.#checkClusterId(session);
  }

  hello(socket: InboundSocket, data: unknown): Challenge | Refusal {
    const responder = new HandshakeResponder({
      identity: this.#local.identity,
      secret: this.#secret,
      nonce: randomBytes(NONCE_BYTES),
      admits: (caller, channel) => channel === 'bulk' || this.#isPeer(caller),
    });
    const answer = responder.onHello(data);
    if (answer.kind === 'refused') socket.refused(answer.reason);
    else socket.challenged(responder);
    return answer;
  }

  prove(socket: InboundSocket, data: unknown): Acceptance | Refusal {
    const { responder } = socket;
    const answer = responder.onProof(data);
    if (answer.kind === 'refused') {
      socket.refused(answer.reason);
      return answer;
    }
    const { identity, channel } = responder.hello;
    const guest = !this.#isPeer(identity);
    if (!socket.open || (guest && channel !== 'bulk')) {
      const late = refusal(`${identity.nodeId} is gone or no peer any more.`);
      socket.refused(late.reason);
      return late;
    }
    const session = new InboundSession({ identity, channel, guest }, socket, (closed) =>
      this.#forget(closed),
    );
    socket.authenticated(session);
    if (guest) this.#receiveGuest(session);
    else this.#remember(session);
    return answer;
  }

  /** Takes a peer's ping; gives our cluster id back. */
  ping(session: InboundSession, data: unknown): { readonly clusterId: string | null } {
    const clusterId = isRecord(data) ? data['clusterId'] : undefined;
    if (!isClusterId(clusterId)) {
      session.destroy(new FrameError('a ping names the cluster id'));
    } else if (clusterId !== session.identity.clusterId) {
      session.identity = { ...session.identity, clusterId };
      this.#checkClusterId(session);
      if (!session.guest) this.#onIdentity(session.identity);
    }
    return { clusterId: this.#local.clusterId };
  }

  #isPeer({ nodeId, diskId }: PeerIdentity): boolean {
    const listed = this.#peers.get(nodeId);
    if (listed === undefined) return false;
    return (listed !== null && listed === diskId) || !this.#hearsRival(nodeId, diskId);
  }

  /** Whether a process with another disk is heard under this name. */
  #hearsRival(nodeId: NodeId, diskId: string | null): boolean {
    return CHANNELS.some((channel) => {
      const session = this.session(nodeId, channel);
      if (session === undefined || session.identity.diskId === diskId) return false;
      return performance.now() - session.lastHeardAt < this.#rivalSilenceMs;
    });
  }

  #checkClusterId(session: InboundSession): void {
    if (!clusterIdsDiffer(session.identity.clusterId, this.#local.clusterId)) return;
    session.destroy(new Error(`the peer belongs to cluster ${session.identity.clusterId}`));
  }

  /** A peer that connects again has lost its old connection, or was another process. */
  #remember(session: InboundSession): void {
    const { identity, channel } = session;
    const name = key(identity.nodeId, channel);
    const former = this.#sessions.get(name);
    this.#sessions.set(name, session);
    former?.destroy(new Error('the peer has connected again'));
    const other = this.session(identity.nodeId, channel === 'raft' ? 'bulk' : 'raft');
    if (other !== undefined && other.identity.incarnation !== identity.incarnation) {
      other.destroy(new Error('the peer has restarted'));
    }
    const guest = this.#guests.get(identity.nodeId);
    if (guest?.identity.incarnation === identity.incarnation) {
      guest.destroy(new Error('the guest is a peer now'));
    }
    invariant(this.#sessions.get(name) === session, 'InboundPeers: the newest session stays');
    this.#onIdentity(identity);
  }

  #receiveGuest(session: InboundSession): void {
    const { nodeId } = session.identity;
    const former = this.#guests.get(nodeId);
    this.#guests.delete(nodeId);
    this.#guests.set(nodeId, session);
    former?.destroy(new Error('the guest has connected again'));
    const [oldest] = this.#guests.values();
    if (this.#guests.size > GUESTS_MAX) oldest?.destroy(new Error('there are too many guests'));
    this.#onGuest(session.identity);
  }

  #forget(session: InboundSession): void {
    const { nodeId } = session.identity;
    if (this.#guests.get(nodeId) === session) this.#guests.delete(nodeId);
    const name = key(session.identity.nodeId, session.channel);
    if (this.#sessions.get(name) === session) this.#sessions.delete(name);
  }
}

/** A peer, and the disk with which it is listed; left out or null: not known. */
export interface ListedPeer {
  readonly nodeId: NodeId;
  readonly diskId?: string | null;
}

function key(nodeId: NodeId, channel: Channel): string {
  return `${channel} ${nodeId}`;
}
