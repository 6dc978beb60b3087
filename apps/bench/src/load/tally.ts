import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { FAILURE_REST_MS } from '../limits.js';
import { Latency } from './latency.js';
import { failureCode } from './lock-client.js';
import type { LoadOutcome, Window } from './orders.js';

const MICROSECONDS_PER_MS = 1_000;

/** Counts what happens within the time of measuring, and what it costs. */
export class Tally {
  private readonly startsAt: number;
  private readonly endsAt: number;
  private readonly latencies = new Map<string, Latency>();
  private readonly failures = new Map<string, number>();
  private operations = 0;
  private usage = process.cpuUsage();

  /** @param onMeasuring is called when the warm-up is over. */
  constructor(window: Window, onMeasuring: () => void) {
    this.startsAt = performance.now() + window.warmUpMs;
    this.endsAt = this.startsAt + window.measureMs;
    setTimeout(() => {
      this.usage = process.cpuUsage();
      onMeasuring();
    }, window.warmUpMs);
  }

  /** Whether loops begin another operation. */
  get running(): boolean {
    return performance.now() < this.endsAt;
  }

  get measuring(): boolean {
    const now = performance.now();
    return now >= this.startsAt && now < this.endsAt;
  }

  /** Operations have succeeded just now. */
  succeeded(operations = 1): void {
    if (this.measuring) this.operations += operations;
  }

  /** Something has come to its end just now that began at `sinceMs`. */
  took(what: string, sinceMs: number): void {
    if (!this.measuring) return;
    let latency = this.latencies.get(what);
    if (latency === undefined) {
      latency = Latency.empty();
      this.latencies.set(what, latency);
    }
    latency.record(performance.now() - sinceMs);
  }

  /** Counts a failure, in the warm-up too, and rests a little. */
  async failed(error: unknown): Promise<void> {
    const code = failureCode(error);
    this.failures.set(code, (this.failures.get(code) ?? 0) + 1);
    await sleep(FAILURE_REST_MS);
  }

  outcome(): LoadOutcome {
    const measuredMs = Math.min(performance.now(), this.endsAt) - this.startsAt;
    const used = process.cpuUsage(this.usage);
    const usedMs = (used.user + used.system) / MICROSECONDS_PER_MS;
    const spentMs = performance.now() - this.startsAt;
    return {
      operations: this.operations,
      measuredMs,
      latencies: Object.fromEntries(
        [...this.latencies].map(([what, latency]) => [what, latency.encoded()]),
      ),
      failures: Object.fromEntries(this.failures),
      loadCores: usedMs / Math.max(1, spentMs),
    };
  }
}
