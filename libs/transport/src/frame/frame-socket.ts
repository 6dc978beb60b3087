import type { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { TcpSocket } from '@nestjs/microservices';
import { KEEP_ALIVE_DELAY_MS, UNSENT_BYTES_FATAL } from '../limits.js';
import { FrameDecoder } from './frame-decoder.js';
import { FrameError } from './frame-error.js';
import { decodeValue, encodeFrame } from './message-pack.js';

export interface FrameSocketOptions {
  readonly frameBytesMax: number;
  /** For the next bytes of a frame that has begun to arrive. */
  readonly incompleteFrameTimeoutMs: number;
}

/**
 * A socket of Nest's TCP transport that speaks length-prefixed MessagePack instead of JSON. Nest
 * passes none of its own limits to such a class, so they are here: frame size, time between the
 * bytes of a frame, unsent bytes, `noDelay`, keep-alive. Anything that is not a frame destroys
 * the connection and has no other effect.
 */
export abstract class FrameSocket extends TcpSocket {
  /** When the last bytes came, in milliseconds of `performance.now()`; before that: creation. */
  lastHeardAt = performance.now();
  /** Why this side destroyed the connection, for the log. */
  fault: Error | undefined;
  protected readonly decoder: FrameDecoder;
  readonly #incompleteFrameTimeoutMs: number;
  #incompleteFrameTimer: NodeJS.Timeout | undefined;
  #corked = false;

  protected constructor(socket: Socket, options: FrameSocketOptions) {
    super(socket);
    this.decoder = new FrameDecoder(options.frameBytesMax);
    this.#incompleteFrameTimeoutMs = options.incompleteFrameTimeoutMs;
    socket.setNoDelay(true);
    socket.setKeepAlive(true, KEEP_ALIVE_DELAY_MS);
    socket.on('close', () => clearTimeout(this.#incompleteFrameTimer));
  }

  /** Whether bytes can be written. */
  get open(): boolean {
    return this.socket.writable && !this.socket.connecting;
  }

  /** Bytes handed over by this process that the kernel has not taken. */
  get unsentBytes(): number {
    return this.socket.writableLength;
  }

  /** Bytes that the kernel has taken since the connection was made. */
  get takenBytes(): number {
    return this.socket.bytesWritten - this.socket.writableLength;
  }

  /** Ends the connection at once; `fault` says why. */
  destroy(fault?: Error): void {
    this.fault ??= fault;
    this.socket.destroy();
  }

  /**
   * Judges a decoded frame before Nest sees it.
   *
   * @returns the packet for Nest, or undefined to give it nothing.
   * @throws FrameError to destroy the connection.
   */
  protected abstract accept(value: unknown): object | undefined;

  /** Called by Nest's `TcpSocket` with the bytes of each read. */
  protected override handleData(data: Buffer | string): void {
    if (typeof data === 'string' || this.socket.destroyed) return;
    this.lastHeardAt = performance.now();
    try {
      this.decoder.push(data, (frame) => this.#deliver(frame));
    } catch (error) {
      // Not thrown on: Nest's own handling ends the socket politely and logs every stranger.
      this.destroy(error instanceof Error ? error : new FrameError(String(error)));
      return;
    }
    this.#watchIncompleteFrame();
  }

  /** Called by Nest's `TcpSocket.sendMessage` with a packet. */
  protected override handleSend(message: unknown, callback?: (error?: unknown) => void): void {
    const frame = encodeFrame(message);
    if (this.unsentBytes + frame.length > UNSENT_BYTES_FATAL) {
      this.destroy(new FrameError('the peer does not read what it is sent'));
      callback?.(this.fault);
      return;
    }
    this.#cork();
    this.socket.write(frame, (error) => callback?.(error ?? undefined));
  }

  #deliver(frame: Buffer): void {
    if (this.socket.destroyed) return;
    const packet = this.accept(decodeValue(frame));
    if (packet !== undefined) this.socket.emit('message', packet);
  }

  /** All frames written before the next tick leave in one system call. */
  #cork(): void {
    if (this.#corked) return;
    this.#corked = true;
    this.socket.cork();
    process.nextTick(() => {
      this.#corked = false;
      this.socket.uncork();
    });
  }

  #watchIncompleteFrame(): void {
    clearTimeout(this.#incompleteFrameTimer);
    this.#incompleteFrameTimer = undefined;
    if (!this.decoder.incomplete) return;
    this.#incompleteFrameTimer = setTimeout(() => {
      this.destroy(new FrameError('the rest of a frame did not come'));
    }, this.#incompleteFrameTimeoutMs);
  }
}
