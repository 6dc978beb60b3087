import { invariant } from '@sinkron/invariant';
import { Packr, type Options } from 'msgpackr';

/**
 * Bytes that values are packed into before they are copied: more than an append or a frame has. A larger
 * value makes msgpackr take a buffer of its own.
 */
const SCRATCH_BYTES = 2 * 1024 * 1024;
const SCRATCH = Buffer.allocUnsafeSlow(SCRATCH_BYTES);

/**
 * Packs values into buffers of just their size; small ones share slabs of 8 KiB, as all small buffers of
 * Node.js do.
 *
 * msgpackr alone hands out views of its pool, which grows to four times the largest value it has met:
 * a record of 50 bytes that is kept then keeps hundreds of kilobytes, and V8 collects the whole heap
 * for each 64 MB of such buffers. A copy costs less than either.
 *
 * The pool is one for all `Packr`s of a process: nothing else may pack with msgpackr.
 */
export class ExactPacker {
  private static packing = false;
  private readonly packr: Packr;

  constructor(options: Options) {
    this.packr = new Packr(options);
  }

  /** @param encodeOptions those of msgpackr, such as `RESERVE_START_SPACE`. */
  pack(value: unknown, encodeOptions = 0): Buffer {
    invariant(!ExactPacker.packing, 'ExactPacker: no value packs another while it is packed');
    ExactPacker.packing = true;
    try {
      this.packr.useBuffer(SCRATCH);
      return Buffer.from(this.packr.pack(value, encodeOptions));
    } finally {
      ExactPacker.packing = false;
    }
  }
}
