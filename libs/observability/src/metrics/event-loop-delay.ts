import { monitorEventLoopDelay, type IntervalHistogram } from 'node:perf_hooks';
import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { InjectMetric, makeGaugeProvider } from '@willsoto/nestjs-prometheus';
import { Gauge } from 'prom-client';
import { EVENT_LOOP_RESOLUTION_MS } from '../limits.js';

const NAME = 'sinkron_event_loop_delay_seconds';
const NANOSECONDS_PER_SECOND = 1e9;
const RESOLUTION_S = EVENT_LOOP_RESOLUTION_MS / 1_000;

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

/** How late the event loop runs its timers: p50, p99 and max since the last scrape. */
@Injectable()
export class EventLoopDelay implements OnModuleInit, OnModuleDestroy {
  private readonly histogram: IntervalHistogram = monitorEventLoopDelay({
    resolution: EVENT_LOOP_RESOLUTION_MS,
  });

  constructor(@InjectMetric(NAME) private readonly gauge: Gauge<'statistic'>) {}

  onModuleInit(): void {
    this.histogram.enable();
    running.add(this);
  }

  onModuleDestroy(): void {
    this.histogram.disable();
    running.delete(this);
  }

  /** Sets the gauges and begins anew. */
  report(): void {
    const idle = this.histogram.count === 0;
    this.gauge.set({ statistic: 'p50' }, idle ? 0 : delayS(this.histogram.percentile(50)));
    this.gauge.set({ statistic: 'p99' }, idle ? 0 : delayS(this.histogram.percentile(99)));
    this.gauge.set({ statistic: 'max' }, idle ? 0 : delayS(this.histogram.max));
    this.histogram.reset();
  }
}

/** Node records the whole interval between two samples, the part that is due included. */
function delayS(intervalNs: number): number {
  return Math.max(0, intervalNs / NANOSECONDS_PER_SECOND - RESOLUTION_S);
}
