import { Packr, type Options } from 'msgpackr';

/** What most values fit into. A larger one makes msgpackr take a buffer of its own, for that value only. */
const SCRATCH_BYTES = 256 * 1024;

/**
 * Packs values into buffers of just their size.
 *
 * msgpackr alone hands out views of its pool, which grows to four times the largest value it has met:
 * a record of 50 bytes that is kept then keeps hundreds of kilobytes, and V8 collects the whole heap
 * for each 64 MB of such buffers. A copy costs less than either.
 */
export class ExactPacker {
  private readonly packr: Packr;
  private readonly scratch = Buffer.allocUnsafeSlow(SCRATCH_BYTES);

  constructor(options: Options) {
    this.packr = new Packr(options);
  }

  /** @param encodeOptions those of msgpackr, such as `RESERVE_START_SPACE`. */
  pack(value: unknown, encodeOptions = 0): Buffer {
    this.packr.useBuffer(this.scratch);
    return Buffer.from(this.packr.pack(value, encodeOptions));
  }
}
