import type { NodeId } from '@sinkron/config';
import type { PeerIdentity } from './identity/peer-identity.js';

/** `raft`: batched events, small and urgent. `bulk`: requests, replies and snapshots. */
export type Channel = 'raft' | 'bulk';

export const CHANNELS: readonly Channel[] = ['raft', 'bulk'];

/** What this node knows of one peer. */
export interface PeerStatus {
  readonly nodeId: NodeId;
  /** Both channels to the peer have completed their handshake. */
  readonly connected: boolean;
  /** Milliseconds since anything, pings included, was heard of it in either direction. */
  readonly lastHeardMs: number | null;
  /** Of the last answered ping. */
  readonly roundTripMs: number | null;
  /** As of the last handshake in either direction; null before the first. */
  readonly identity: PeerIdentity | null;
  /** Why the last handshake was refused, by either side: a sentence; null when it was not. */
  readonly refusal: string | null;
}

/** Takes measurements of the transport; optional. */
export interface PeerMetrics {
  observeRoundTrip(peer: NodeId, seconds: number): void;
}

/** DI token of a `PeerMetrics`. */
export const PEER_METRICS: unique symbol = Symbol('PEER_METRICS');
