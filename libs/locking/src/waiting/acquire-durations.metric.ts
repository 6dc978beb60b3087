import { Histogram, register } from 'prom-client';
import { ACQUIRE_BUCKETS_S, WAIT_BUCKETS_S } from './limits.js';

const ACQUIRE = 'sinkron_lock_acquire_seconds';
const WAIT = 'sinkron_lock_wait_seconds';
const MS_PER_SECOND = 1_000;

/** How long acquires take: those that were answered at once, and those that waited. */
export class AcquireDurations {
  private readonly acquires: Histogram<'outcome'>;
  private readonly waits: Histogram<'outcome'>;

  constructor() {
    this.acquires = histogram(
      ACQUIRE,
      'Time from an acquire that did not wait to its answer, at the node that was asked.',
      ACQUIRE_BUCKETS_S,
    );
    this.waits = histogram(
      WAIT,
      'Time from an acquire that waited to its answer, at the node that was asked.',
      WAIT_BUCKETS_S,
    );
  }

  /** @param outcome one of few: each is a time series for ever. */
  observe(acquire: {
    readonly outcome: string;
    readonly waited: boolean;
    readonly elapsedMs: number;
  }): void {
    const { outcome, waited, elapsedMs } = acquire;
    const durations = waited ? this.waits : this.acquires;
    durations.observe({ outcome }, elapsedMs / MS_PER_SECOND);
  }
}

function histogram(name: string, help: string, buckets: readonly number[]): Histogram<'outcome'> {
  // Two nodes in one process, as in tests, share the registry: the younger one is shown.
  register.removeSingleMetric(name);
  return new Histogram({
    name,
    help,
    labelNames: ['outcome'],
    buckets: [...buckets],
    registers: [register],
  });
}
