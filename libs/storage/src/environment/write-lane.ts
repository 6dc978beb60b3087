/**
 * Runs pieces of work that write one environment, one after the other in the order of `run`.
 *
 * Idle, it begins at once, in the caller's turn.
 */
export class WriteLane {
  private readonly waiting: (() => void)[] = [];
  private busy = false;

  /** Settles as `work` does. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.busy) await new Promise<void>((resolve) => this.waiting.push(resolve));
    this.busy = true;
    try {
      return await work();
    } finally {
      const next = this.waiting.shift();
      // Handed over busy, so that nobody comes in between.
      if (next) next();
      else this.busy = false;
    }
  }
}
