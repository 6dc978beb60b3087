import type { World } from '../world/world.js';

/** So much of the virtual time that two moments of one log time differ, and no more. */
const MS_PER_US = 1e-9;

/**
 * A clock for the history of queues: the log time that a replica has reached, which is what every
 * visibility is measured with, and in between, a little of virtual time, so that what happens later is
 * later. Milliseconds since the first entry.
 *
 * A command that is sent at a moment has a log time not below it, and its answer comes at one not below
 * that: a visibility that has passed has passed on this clock, however clocks are set.
 */
export class LogClock {
  private firstMs: number | null = null;
  private logMs = 0;

  constructor(private readonly world: World) {}

  /** A replica has applied the next entry, as the first. */
  reached(logTimeMs: number): void {
    this.firstMs ??= logTimeMs;
    this.logMs = logTimeMs - this.firstMs;
  }

  get nowMs(): number {
    return this.logMs + this.world.nowUs * MS_PER_US;
  }
}
