import { performance } from 'node:perf_hooks';
import type { Subscription } from 'rxjs';
import { PINGS_IN_FLIGHT_MAX, UNANSWERED_PINGS_MAX } from '../limits.js';
import { isClusterId } from '../identity/peer-identity.js';
import { isRecord } from '../wire/wire-value.js';
import { WallInterval } from '../wall-interval.js';
import { PATTERNS } from '../wire/wire-message.js';
import type { ChannelClient } from './channel-client.js';

export interface HeartbeatOptions {
  readonly client: ChannelClient;
  readonly intervalMs: number;
  readonly clusterId: () => string | null;
  readonly onPong: (roundTripMs: number, clusterId: string | null) => void;
  /** More than `UNANSWERED_PINGS_MAX` pings have no answer, and nothing else moves either. */
  readonly onSilence: () => void;
}

/** Pings over an established connection, and notices when it is dead but not closed. */
export class Heartbeat {
  readonly #options: HeartbeatOptions;
  readonly #interval: WallInterval;
  /** Pings in flight whose answers we still want. */
  readonly #answers = new Set<Subscription>();
  /** Pings since anything was heard. */
  #unanswered = 0;
  #firstUnansweredAt = 0;
  /** As of the last beat. */
  #takenBytes = 0;

  constructor(options: HeartbeatOptions) {
    this.#options = options;
    this.#interval = new WallInterval(options.intervalMs, () => {
      // After a stall of this process the timer comes before the waiting answers are read.
      setImmediate(() => this.#beat());
    });
    this.#ping();
  }

  stop(): void {
    this.#interval.stop();
    for (const answer of this.#answers) answer.unsubscribe();
    this.#answers.clear();
  }

  #beat(): void {
    const { client, onSilence } = this.#options;
    if (!client.open) return;
    if (this.#heard() || this.#read()) this.#unanswered = 0;
    if (this.#unanswered > UNANSWERED_PINGS_MAX || this.#answers.size >= PINGS_IN_FLIGHT_MAX) {
      return onSilence();
    }
    this.#ping();
  }

  #heard(): boolean {
    const { lastHeardAt } = this.#options.client;
    return lastHeardAt !== undefined && lastHeardAt >= this.#firstUnansweredAt;
  }

  /**
   * Whether the peer reads what waits for it: then the answer to a ping waits behind that. Only
   * while bytes wait is progress a sign of the peer, and not of the kernel's empty buffers.
   */
  #read(): boolean {
    const { unsentBytes, takenBytes } = this.#options.client;
    const progress = takenBytes > this.#takenBytes;
    this.#takenBytes = takenBytes;
    return unsentBytes > 0 && progress;
  }

  #ping(): void {
    const { client, clusterId } = this.#options;
    const sentAt = performance.now();
    if (this.#unanswered === 0) this.#firstUnansweredAt = sentAt;
    this.#unanswered += 1;
    const answer = client.send<unknown>(PATTERNS.ping, { clusterId: clusterId() }).subscribe({
      next: (pong) => this.#pong(sentAt, pong),
      // The connection is gone; the channel knows.
      error: () => this.#answers.delete(answer),
      complete: () => this.#answers.delete(answer),
    });
    if (!answer.closed) this.#answers.add(answer);
  }

  #pong(sentAt: number, pong: unknown): void {
    const clusterId = isRecord(pong) ? pong['clusterId'] : undefined;
    if (isClusterId(clusterId)) {
      this.#options.onPong(performance.now() - sentAt, clusterId);
    }
  }
}
