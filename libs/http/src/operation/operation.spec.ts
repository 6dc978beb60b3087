import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { ReadinessRegistry, type Readiness } from '@sinkron/observability';
import request from 'supertest';
import { startHttpApplication } from '../testing/http-application.js';

describe('Health', () => {
  let app: NestFastifyApplication;
  const states: Record<string, Readiness> = {};
  const server = () => request(app.getHttpServer());

  beforeAll(async () => {
    ({ app } = await startHttpApplication());
    const registry = app.get(ReadinessRegistry);
    for (const name of ['leader', 'replicas']) {
      registry.register(name, () => states[name] ?? { status: 'up' });
    }
  });

  afterAll(() => app.close());

  it('lives as long as the process', async () => {
    states['leader'] = { status: 'down' };
    const { status, body } = await server().get('/health/live');
    expect([status, body]).toEqual([200, { status: 'ok', info: {}, error: {}, details: {} }]);
  });

  it('is ready when every check is up or degraded', async () => {
    states['leader'] = { status: 'up' };
    states['replicas'] = { status: 'degraded', detail: 'one replica is behind' };
    const { status, body, headers } = await server().get('/health/ready');
    const info = { leader: { status: 'up' } };
    const replicas = { status: 'degraded', detail: 'one replica is behind' };
    expect(status).toBe(200);
    expect(headers['content-type']).toBe('application/json; charset=utf-8');
    expect(body.status).toBe('degraded');
    expect(body.details).toEqual({ ...info, replicas });
  });

  it('is not ready while one is down, and says which and why', async () => {
    states['leader'] = { status: 'down', detail: 'no leader is known' };
    states['replicas'] = { status: 'up' };
    const { status, body, headers } = await server().get('/health/ready');
    const leader = { status: 'down', detail: 'no leader is known' };
    expect(status).toBe(503);
    expect(headers['content-type']).toBe('application/json; charset=utf-8');
    expect(headers['retry-after']).toBe('1');
    expect(body).toEqual({
      status: 'error',
      info: { replicas: { status: 'up' } },
      error: { leader },
      details: { leader, replicas: { status: 'up' } },
    });
  });
});

describe('Metrics', () => {
  let app: NestFastifyApplication;
  const scrape = () => request(app.getHttpServer()).get('/metrics');

  beforeAll(async () => {
    ({ app } = await startHttpApplication());
  });

  afterAll(() => app.close());

  /** The value of one series; undefined when there is none. */
  async function value(series: string): Promise<number | undefined> {
    const lines = (await scrape()).text.split('\n');
    const line = lines.find((candidate) => candidate.startsWith(`${series} `));
    return line === undefined ? undefined : Number(line.slice(series.length));
  }

  it('are Prometheus text, with those of the process', async () => {
    const { status, headers, text } = await scrape();
    expect([status, headers['content-type']]).toEqual([
      200,
      'text/plain; version=0.0.4; charset=utf-8',
    ]);
    expect(text).toMatch(/^process_cpu_user_seconds_total \d/m);
    // Of these there is a better one, and they would cost ten wake-ups a second or tell nonsense.
    expect(text).not.toMatch(/^nodejs_eventloop_lag_(min|max|mean|stddev|p\d+)_seconds/m);
  });

  it('count requests by the pattern of their route', async () => {
    const count = (labels: string) =>
      value(`sinkron_http_request_duration_seconds_count{${labels}}`);
    const matched = 'method="GET",route="/v1/things/:name",status="200"';
    const refused = 'method="GET",route="/v1/things/:name",status="400"';
    const unmatched = 'method="unmatched",route="unmatched",status="404"';
    const wrongMethod = 'method="unmatched",route="unmatched",status="405"';
    const server = request(app.getHttpServer());
    await server.get('/v1/things/one');
    await server.get('/v1/things/two');
    await server.get('/v1/things/%00');
    await server.get('/secret/path');
    await server.propfind('/v1/things/one');
    expect(await count(matched)).toBe(2);
    expect(await count(refused)).toBe(1);
    expect(await count(unmatched)).toBe(1);
    expect(await count(wrongMethod)).toBe(1);
    expect((await scrape()).text).not.toContain('secret');
  });

  it('tell how late the event loop was since the last scrape', async () => {
    for (const statistic of ['p50', 'p99', 'max']) {
      const series = `sinkron_event_loop_delay_seconds{statistic="${statistic}"}`;
      expect(await value(series)).toBeGreaterThanOrEqual(0);
    }
  });
});
