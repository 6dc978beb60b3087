import { invariant } from '@sinkron/invariant';
import { FrameError } from './frame-error.js';

/** Bytes of the big-endian length in front of each frame. */
export const LENGTH_BYTES = 4;

/**
 * Cuts a stream of bytes into frames: a 32-bit big-endian length, then that many bytes.
 * It holds at most one incomplete frame and one chunk.
 */
export class FrameDecoder {
  #frameBytesMax: number;
  /** Received and not delivered, in order; never empty buffers. */
  #chunks: Buffer[] = [];
  /** The sum of `#chunks`. */
  #bufferedBytes = 0;
  /** Length of the frame whose header was read. */
  #frameBytes: number | undefined;

  /** @param frameBytesMax a longer frame is an error as soon as its length is read. */
  constructor(frameBytesMax: number) {
    this.#frameBytesMax = frameBytesMax;
  }

  /** Whether a frame has begun and not ended. */
  get incomplete(): boolean {
    return this.#bufferedBytes > 0 || this.#frameBytes !== undefined;
  }

  /** Allows longer frames from now on. */
  raiseLimit(frameBytesMax: number): void {
    invariant(frameBytesMax >= this.#frameBytesMax, 'FrameDecoder: the limit only grows');
    this.#frameBytesMax = frameBytesMax;
  }

  /**
   * Takes the next bytes and delivers the frames that they complete, in order. A frame is a view
   * of the received chunk where it lies in one, so keeping a part of it keeps the chunk.
   *
   * @throws FrameError when a length is zero or above the limit; nothing more may be pushed then.
   */
  push(chunk: Buffer, deliver: (frame: Buffer) => void): void {
    if (chunk.length === 0) return;
    this.#chunks.push(chunk);
    this.#bufferedBytes += chunk.length;
    for (;;) {
      if (this.#frameBytes === undefined) {
        if (this.#bufferedBytes < LENGTH_BYTES) return;
        this.#frameBytes = this.#checkedLength(this.#take(LENGTH_BYTES).readUInt32BE(0));
      }
      if (this.#bufferedBytes < this.#frameBytes) return;
      const frame = this.#take(this.#frameBytes);
      this.#frameBytes = undefined;
      deliver(frame);
    }
  }

  #checkedLength(bytes: number): number {
    if (bytes === 0) throw new FrameError('a frame is never empty');
    if (bytes > this.#frameBytesMax) {
      throw new FrameError(`a frame of ${bytes} bytes is above the limit ${this.#frameBytesMax}`);
    }
    return bytes;
  }

  #take(bytes: number): Buffer {
    const first = this.#chunks[0];
    invariant(first !== undefined && bytes <= this.#bufferedBytes, 'FrameDecoder: bytes are there');
    this.#bufferedBytes -= bytes;
    if (first.length > bytes) {
      this.#chunks[0] = first.subarray(bytes);
      return first.subarray(0, bytes);
    }
    if (first.length === bytes) {
      this.#chunks.shift();
      return first;
    }
    return this.#gather(bytes);
  }

  #gather(bytes: number): Buffer {
    const whole = Buffer.allocUnsafe(bytes);
    let filled = 0;
    let used = 0;
    for (const chunk of this.#chunks) {
      const part = Math.min(chunk.length, bytes - filled);
      chunk.copy(whole, filled, 0, part);
      filled += part;
      if (part < chunk.length) {
        this.#chunks[used] = chunk.subarray(part);
        break;
      }
      used += 1;
      if (filled === bytes) break;
    }
    invariant(filled === bytes, 'FrameDecoder: the chunks hold what was counted', {
      filled,
      bytes,
    });
    this.#chunks.splice(0, used);
    return whole;
  }
}
