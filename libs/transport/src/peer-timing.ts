/** Delays of the peer transport, in milliseconds. */
export interface PeerTiming {
  /** Between two pings on a connection that this node opened: with every third status event. */
  readonly pingIntervalMs: number;
  /** For a TCP connection to be established. */
  readonly connectTimeoutMs: number;
  /** For the handshake, on either side, from the connection on. */
  readonly handshakeTimeoutMs: number;
  /** For the next bytes of a frame that has begun to arrive. */
  readonly incompleteFrameTimeoutMs: number;
  /** Before the first retry after a connection was lost. */
  readonly reconnectDelayMsMin: number;
  /** Between retries of a peer that stays away. */
  readonly reconnectDelayMsMax: number;
  /** Without a byte on a connection that a peer opened; its pings come far more often. */
  readonly inboundSilenceMs: number;
  /** Of one process, before another with the same node id and another disk is taken for the peer. */
  readonly rivalSilenceMs: number;
}

export const PEER_TIMING_DEFAULT: PeerTiming = Object.freeze({
  pingIntervalMs: 600,
  connectTimeoutMs: 2_000,
  handshakeTimeoutMs: 5_000,
  incompleteFrameTimeoutMs: 10_000,
  reconnectDelayMsMin: 50,
  reconnectDelayMsMax: 2_000,
  inboundSilenceMs: 15_000,
  rivalSilenceMs: 2_500,
});

/** DI token of a `PeerTiming` that replaces the default; optional. */
export const PEER_TIMING: unique symbol = Symbol('PEER_TIMING');
