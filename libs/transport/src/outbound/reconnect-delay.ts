import type { PeerTiming } from '../peer-timing.js';

/**
 * Exponential back-off with jitter: each delay is between half and all of a bound that doubles
 * from `reconnectDelayMsMin` to `reconnectDelayMsMax`, so that peers do not call in step.
 */
export class ReconnectDelay {
  readonly #timing: PeerTiming;
  readonly #random: () => number;
  #boundMs: number;

  /** @param random gives numbers in [0, 1). */
  constructor(timing: PeerTiming, random: () => number) {
    this.#timing = timing;
    this.#random = random;
    this.#boundMs = timing.reconnectDelayMsMin;
  }

  /** A connection worked: the next retry comes quickly. */
  reset(): void {
    this.#boundMs = this.#timing.reconnectDelayMsMin;
  }

  nextMs(): number {
    const delayMs = this.#boundMs * (0.5 + this.#random() / 2);
    this.#boundMs = Math.min(this.#boundMs * 2, this.#timing.reconnectDelayMsMax);
    return delayMs;
  }
}
