/** Runs something later. Injected, so that tests decide when. */
export interface Timers {
  /** @returns a function that cancels it. */
  schedule(delayMs: number, run: () => void): () => void;
}

export const systemTimers: Timers = {
  schedule(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};
