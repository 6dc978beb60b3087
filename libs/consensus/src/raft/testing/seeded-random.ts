import { invariant } from '@sinkron/invariant';
import type { Random } from '../core/role/election/election-timer.js';

/** A small deterministic generator (mulberry32): the same seed, the same run. */
export class SeededRandom implements Random {
  constructor(private state: number) {}

  integer(from: number, toExclusive: number): number {
    invariant(from < toExclusive, 'SeededRandom: a range', { from, toExclusive });
    return from + Math.floor(this.fraction() * (toExclusive - from));
  }

  /** True in `percent` of a hundred draws. */
  percent(percent: number): boolean {
    return this.integer(0, 100) < percent;
  }

  pick<T>(values: readonly T[]): T | undefined {
    return values.length === 0 ? undefined : values[this.integer(0, values.length)];
  }

  private fraction(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  }
}
