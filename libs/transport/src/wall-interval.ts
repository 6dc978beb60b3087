/**
 * Calls back whenever the wall clock passes a multiple of the interval, so that what all nodes do
 * regularly they do at the same moment, as far as their clocks agree: each wakes up once for what
 * arrives from all others, not once for each. An idle cluster costs little for that.
 *
 * Nothing may depend on the moments: a clock that is set moves one call by less than an interval,
 * and clocks that disagree cost wake-ups only.
 */
export class WallInterval {
  #timer: NodeJS.Timeout;

  constructor(
    private readonly intervalMs: number,
    private readonly callback: () => void,
  ) {
    this.#timer = this.#start();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #start(): NodeJS.Timeout {
    return setTimeout(
      () => {
        // First: the callback may stop it.
        this.#timer = this.#start();
        this.callback();
      },
      untilNext(Date.now(), this.intervalMs),
    );
  }
}

/** Milliseconds until the multiple of the interval that is at least a quarter of one ahead. */
export function untilNext(wallMs: number, intervalMs: number): number {
  const leftMs = intervalMs - (wallMs % intervalMs);
  // A timer may be early by a millisecond.
  return leftMs < intervalMs / 4 ? leftMs + intervalMs : leftMs;
}
