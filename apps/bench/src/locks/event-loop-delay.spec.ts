import { parseEventLoopDelay } from './event-loop-delay.js';

describe('parseEventLoopDelay', () => {
  it('reads what a node says about its event loop', () => {
    const metrics = [
      '# TYPE sinkron_event_loop_delay_seconds gauge',
      'sinkron_event_loop_delay_seconds{statistic="p50"} 0.0001',
      'sinkron_event_loop_delay_seconds{statistic="p99"} 0.0125',
      'sinkron_event_loop_delay_seconds{statistic="max"} 0.25',
    ].join('\n');
    expect(parseEventLoopDelay(metrics)).toEqual({ p99Ms: 12.5, maxMs: 250 });
  });
});
