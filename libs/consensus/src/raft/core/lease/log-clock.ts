import type { Instant } from '../instant.js';

/**
 * Log time: the stamp a leader puts on its entries, by which every replica decides alike what has
 * expired.
 *
 * stamp = max(previous stamp + monotonic time since it in this term, the wall time that a majority
 * of the voters have reached). One machine whose clock is a day ahead moves nothing, one that is
 * behind holds nothing back, and the stamp never goes backwards.
 */
export class LogClock {
  private anchorMonotonicMs: number;
  private anchorStampMs: number;

  /** @param lastStampMs the stamp of the last entry in the log of the new leader. */
  constructor(lastStampMs: number, instant: Instant) {
    this.anchorStampMs = lastStampMs;
    this.anchorMonotonicMs = instant.monotonicMs;
  }

  stamp(instant: Instant, majorityWallMs: number): number {
    const elapsedMs = Math.max(0, instant.monotonicMs - this.anchorMonotonicMs);
    this.anchorStampMs = Math.max(this.anchorStampMs + elapsedMs, majorityWallMs);
    this.anchorMonotonicMs += elapsedMs;
    // Rounded only here: the fractions of many short intervals add up.
    return Math.floor(this.anchorStampMs);
  }
}
