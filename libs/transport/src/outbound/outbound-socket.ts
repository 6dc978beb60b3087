import type { Socket } from 'node:net';
import { FrameError } from '../frame/frame-error.js';
import { FrameSocket } from '../frame/frame-socket.js';
import { FRAME_BYTES_MAX } from '../limits.js';
import { PEER_TIMING_DEFAULT } from '../peer-timing.js';
import { isRecord } from '../wire/wire-value.js';

/** A connection that this node has opened; only answers to Nest's requests come on it. */
export class OutboundSocket extends FrameSocket {
  /** Nest makes it, with the socket alone. */
  constructor(socket: Socket) {
    super(socket, {
      frameBytesMax: FRAME_BYTES_MAX,
      incompleteFrameTimeoutMs: PEER_TIMING_DEFAULT.incompleteFrameTimeoutMs,
    });
  }

  protected override accept(value: unknown): object {
    if (!isRecord(value)) throw new FrameError('a packet is a map');
    const { id, err, response, isDisposed } = value;
    if (typeof id !== 'string') throw new FrameError('an answer names its request');
    return { id, err, response, isDisposed: isDisposed === true };
  }
}
