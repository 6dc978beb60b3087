const MS_PER_SECOND = 1_000;

/** How late an event loop was since the scrape before. */
export interface EventLoopDelay {
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** Reads what /metrics says; 0 where it says nothing. */
export function parseEventLoopDelay(metrics: string): EventLoopDelay {
  const read = (statistic: string): number => {
    const name = 'sinkron_event_loop_delay_seconds';
    const pattern = new RegExp(`^${name}\\{statistic="${statistic}"\\} (\\S+)$`, 'm');
    return Number(pattern.exec(metrics)?.[1] ?? 0) * MS_PER_SECOND;
  };
  return { p99Ms: read('p99'), maxMs: read('max') };
}
