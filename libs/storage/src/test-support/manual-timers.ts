import type { Timers } from '../timers.js';

/** Timers that run when a test says so. */
export class ManualTimers implements Timers {
  private readonly waiting = new Set<{ delayMs: number; run: () => void }>();

  schedule(delayMs: number, run: () => void): () => void {
    const timer = { delayMs, run };
    this.waiting.add(timer);
    return () => this.waiting.delete(timer);
  }

  /** The delays of the timers that wait. */
  get delaysMs(): number[] {
    return [...this.waiting].map((timer) => timer.delayMs);
  }

  /** Runs what waits now. */
  fire(): void {
    const due = [...this.waiting];
    this.waiting.clear();
    for (const timer of due) timer.run();
  }
}
