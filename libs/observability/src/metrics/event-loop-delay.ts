import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';
import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { InjectMetric, makeGaugeProvider } from '@willsoto/nestjs-prometheus';
import { Gauge } from 'prom-client';
import { EVENT_LOOP_SAMPLE_MS } from '../limits.js';

const NAME = 'sinkron_event_loop_delay_seconds';
const MICROSECONDS_PER_MS = 1e3;
const MICROSECONDS_PER_SECOND = 1e6;

/** The monitors to read at a scrape: one, as the gauge is, unless a process runs several nodes. */
const running = new Set<EventLoopDelay>();

export const eventLoopDelayProvider = makeGaugeProvider({
  name: NAME,
  help: 'How late the event loop was since the last scrape',
  labelNames: ['statistic'],
  collect() {
    for (const monitor of running) monitor.report();
  },
});

/**
 * How late the event loop runs its timers: p50, p99 and max since the last scrape.
 *
 * Sampled at multiples of 100 ms of the wall clock, at which a node ticks anyhow: an idle node is not
 * woken up for it, as it would be 20 times a second by `monitorEventLoopDelay`.
 */
@Injectable()
export class EventLoopDelay implements OnModuleInit, OnModuleDestroy {
  /** Microseconds, and one more: it takes no zero. */
  private readonly histogram: RecordableHistogram = createHistogram();
  private timer: NodeJS.Timeout | undefined;

  constructor(@InjectMetric(NAME) private readonly gauge: Gauge<'statistic'>) {}

  onModuleInit(): void {
    running.add(this);
  }

  /** Samples from now on: what a node compiles and reads of its own disk before it takes part keeps nobody waiting. */
  begin(): void {
    if (running.has(this)) this.sampleNext();
  }

  onModuleDestroy(): void {
    clearTimeout(this.timer);
    running.delete(this);
  }

  /** Sets the gauges and begins anew. */
  report(): void {
    const none = this.histogram.count === 0;
    this.gauge.set({ statistic: 'p50' }, none ? 0 : delayS(this.histogram.percentile(50)));
    this.gauge.set({ statistic: 'p99' }, none ? 0 : delayS(this.histogram.percentile(99)));
    this.gauge.set({ statistic: 'max' }, none ? 0 : delayS(this.histogram.max));
    this.histogram.reset();
  }

  private sampleNext(): void {
    const leftMs = EVENT_LOOP_SAMPLE_MS - (Date.now() % EVENT_LOOP_SAMPLE_MS);
    const dueAt = performance.now() + leftMs;
    this.timer = setTimeout(() => {
      // Timers may be early by a part of a millisecond.
      const lateMs = Math.max(0, performance.now() - dueAt);
      this.histogram.record(1 + Math.round(lateMs * MICROSECONDS_PER_MS));
      this.sampleNext();
    }, leftMs).unref();
  }
}

function delayS(recorded: number): number {
  return (recorded - 1) / MICROSECONDS_PER_SECOND;
}
