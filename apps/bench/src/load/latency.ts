import {
  build,
  decodeFromCompressedBase64,
  encodeIntoCompressedBase64,
  type Histogram,
} from 'hdr-histogram-js';
import { LATENCY_MICROSECONDS_MAX } from '../limits.js';

const MICROSECONDS_PER_MS = 1_000;
const SIGNIFICANT_DIGITS = 3;

/** How long operations took, to three significant digits. */
export class Latency {
  private constructor(private readonly histogram: Histogram) {}

  static empty(): Latency {
    return new Latency(
      build({
        bitBucketSize: 32,
        autoResize: false,
        lowestDiscernibleValue: 1,
        highestTrackableValue: LATENCY_MICROSECONDS_MAX,
        numberOfSignificantValueDigits: SIGNIFICANT_DIGITS,
        useWebAssembly: false,
      }),
    );
  }

  /** Reads what `encoded` wrote. */
  static decode(text: string): Latency {
    return new Latency(decodeFromCompressedBase64(text, 32, false));
  }

  get count(): number {
    return this.histogram.totalCount;
  }

  /** Longer than the limit counts as the limit. */
  record(durationMs: number): void {
    const microseconds = Math.max(1, Math.round(durationMs * MICROSECONDS_PER_MS));
    this.histogram.recordValue(Math.min(microseconds, LATENCY_MICROSECONDS_MAX));
  }

  add(other: Latency): void {
    this.histogram.add(other.histogram);
  }

  /** Milliseconds that `percent` of the operations did not exceed; null without operations. */
  percentileMs(percent: number): number | null {
    if (this.count === 0) return null;
    return this.histogram.getValueAtPercentile(percent) / MICROSECONDS_PER_MS;
  }

  /** As text, for another process. */
  encoded(): string {
    return encodeIntoCompressedBase64(this.histogram);
  }
}
