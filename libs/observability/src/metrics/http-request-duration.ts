import { Injectable } from '@nestjs/common';
import { InjectMetric, makeHistogramProvider } from '@willsoto/nestjs-prometheus';
import { Histogram } from 'prom-client';
import { HTTP_DURATION_BUCKETS_S } from '../limits.js';

const NAME = 'sinkron_http_request_duration_seconds';

export const httpRequestDurationProvider = makeHistogramProvider({
  name: NAME,
  help: 'Time from the first header to the last byte of the answer, by route pattern',
  labelNames: ['method', 'route', 'status'],
  buckets: [...HTTP_DURATION_BUCKETS_S],
});

/** How long requests take. */
@Injectable()
export class HttpRequestDuration {
  constructor(
    @InjectMetric(NAME) private readonly histogram: Histogram<'method' | 'route' | 'status'>,
  ) {}

  /**
   * Counts one answered request.
   *
   * @param route the pattern, never the URL: each value is a time series for ever. Undefined for
   * requests that no route matched.
   */
  observe(request: {
    readonly method: string;
    readonly route: string | undefined;
    readonly status: number;
    readonly seconds: number;
  }): void {
    const route = request.route ?? 'unmatched';
    // Methods are the caller's words where no route matched.
    const method = request.route === undefined ? 'unmatched' : request.method;
    this.histogram.observe({ method, route, status: String(request.status) }, request.seconds);
  }
}
