import type { Logger } from '@nestjs/common';
import { performance } from 'node:perf_hooks';
import { STRANGER_LOG_INTERVAL_MS, UNAUTHENTICATED_CONNECTIONS_MAX } from '../limits.js';

interface Waiting {
  destroy(fault: Error): void;
}

/** The connections to this node that have not completed their handshake: a bounded number. */
export class InboundGate {
  /** In the order of arrival. */
  readonly #waiting = new Set<Waiting>();
  readonly #logger: Pick<Logger, 'warn'>;
  #lastLogAt = Number.NEGATIVE_INFINITY;
  #unlogged = 0;

  constructor(logger: Pick<Logger, 'warn'>) {
    this.#logger = logger;
  }

  get waitingCount(): number {
    return this.#waiting.size;
  }

  /**
   * Lets a new connection in. When too many wait, the oldest is destroyed: a peer needs a few
   * milliseconds for its handshake, so it is a stranger that gives way.
   */
  arrived(connection: Waiting): void {
    if (this.#waiting.size >= UNAUTHENTICATED_CONNECTIONS_MAX) {
      const [oldest] = this.#waiting;
      if (oldest !== undefined) {
        this.left(oldest);
        oldest.destroy(new Error('too many connections without a handshake'));
      }
    }
    this.#waiting.add(connection);
  }

  /** The connection is authenticated or closed. */
  left(connection: Waiting): void {
    this.#waiting.delete(connection);
  }

  /** Tells the operator of a connection that came to nothing, not more often than once a second. */
  report(sentence: string): void {
    const now = performance.now();
    if (now - this.#lastLogAt < STRANGER_LOG_INTERVAL_MS) {
      this.#unlogged += 1;
      return;
    }
    const more = this.#unlogged === 0 ? '' : ` (and ${this.#unlogged} more like it)`;
    this.#logger.warn(`${sentence}${more}`);
    this.#lastLogAt = now;
    this.#unlogged = 0;
  }
}
