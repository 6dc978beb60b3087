import type { Clock, Instant } from '@sinkron/consensus';
import type { World } from './world.js';

/** Unix time at which runs begin, milliseconds. */
export const EPOCH_MS = 1_767_225_600_000;

/** The fastest clock of any node against virtual time: a lease may end that much earlier. */
export const CLOCK_RATE_MAX = 1.01;

/** How a machine's clocks go wrong. */
export interface ClockDrift {
  /** Parts per million that both clocks run fast (negative: slow). */
  readonly ratePpm: number;
  /** Milliseconds that the wall clock is ahead at the start. */
  readonly wallOffsetMs: number;
}

/** The clocks of one machine, which go on while its processes come and go. */
export class MachineClock implements Clock {
  private wallOffsetMs: number;

  constructor(
    protected readonly world: World,
    private readonly drift: ClockDrift,
  ) {
    this.wallOffsetMs = drift.wallOffsetMs;
  }

  now(): Instant {
    const monotonicMs = this.elapsedMs(this.world.nowUs);
    return { monotonicMs, wallMs: Math.floor(EPOCH_MS + this.wallOffsetMs + monotonicMs) };
  }

  /** Virtual microseconds that pass while this clock counts `milliseconds`. */
  usOf(milliseconds: number): number {
    return (milliseconds * 1000 * 1_000_000) / (1_000_000 + this.drift.ratePpm);
  }

  /** Somebody sets the wall clock; the monotonic one does not notice. */
  setWallOffset(offsetMs: number): void {
    this.wallOffsetMs = offsetMs;
  }

  /** The machine's processes are stopped until then; its clocks are not. */
  paused(_untilUs: number): void {}

  protected elapsedMs(us: number): number {
    return (us / 1000) * (1 + this.drift.ratePpm / 1_000_000);
  }
}
