import { setTimeout as pause } from 'node:timers/promises';
import { Gauge, Registry } from 'prom-client';
import { EVENT_LOOP_SAMPLE_MS } from '../limits.js';
import { EventLoopDelay } from './event-loop-delay.js';

function block(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

describe('EventLoopDelay', () => {
  const gauge = new Gauge({
    name: 'delay',
    help: 'x',
    labelNames: ['statistic'],
    registers: [new Registry()],
  });
  const monitor = new EventLoopDelay(gauge);

  async function reported(): Promise<Record<string, number>> {
    monitor.report();
    const { values } = await gauge.get();
    return Object.fromEntries(values.map(({ labels, value }) => [labels.statistic, value]));
  }

  afterAll(() => monitor.onModuleDestroy());

  it('reports zeroes while it has seen nothing', async () => {
    monitor.onModuleInit();
    expect(await reported()).toEqual({ p50: 0, p99: 0, max: 0 });
  });

  it('reports how late the loop was', async () => {
    monitor.begin();
    // A sample falls into the first 100 ms of it.
    block(300);
    await pause(2 * EVENT_LOOP_SAMPLE_MS);
    const { max = 0, p50 = 0, p99 = 0 } = await reported();
    expect(max).toBeGreaterThan(0.19);
    expect(max).toBeLessThan(5);
    expect(p50).toBeLessThanOrEqual(p99);
    expect(p99).toBeLessThanOrEqual(max);
  });

  it('begins anew at each report', async () => {
    await reported();
    expect(await reported()).toEqual({ p50: 0, p99: 0, max: 0 });
  });
});
