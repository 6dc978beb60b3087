import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { ShutdownGate } from './shutdown-gate.js';
import request from 'supertest';
import { HTTP_TIMEOUTS, TIMEOUT_MS_MAX } from '../limits.js';
import { openSocket, startHttpApplication } from '../testing/http-application.js';
import { Latch, ThingsController } from '../testing/things.controller.js';

describe('configureHttpApplication', () => {
  let app: NestFastifyApplication;
  let port = 0;
  const server = () => request(app.getHttpServer());

  async function start(options: Parameters<typeof startHttpApplication>[0] = {}): Promise<void> {
    ({ app, port } = await startHttpApplication(options));
  }

  afterEach(() => app.close());

  it('sends the headers of a careful server, and none of CORS unless it is on', async () => {
    await start();
    const { headers } = await server().get('/v1/things/a').set('origin', 'https://evil.example');
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['x-frame-options']).toBe('SAMEORIGIN');
    expect(headers['referrer-policy']).toBe('no-referrer');
    expect(headers['strict-transport-security']).toBeUndefined();
    expect(headers['access-control-allow-origin']).toBeUndefined();
    expect(headers['x-powered-by']).toBeUndefined();
    expect(headers['x-ratelimit-limit']).toBeUndefined();
  });

  it('sends the same careful headers with documents, problems and answers of every kind', async () => {
    await start();
    const careful = {
      'content-security-policy':
        "default-src 'self';script-src 'self';style-src 'self' 'unsafe-inline';img-src 'self' data:;frame-ancestors 'none'",
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'origin-agent-cluster': '?1',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'x-dns-prefetch-control': 'off',
      'x-download-options': 'noopen',
      'x-frame-options': 'SAMEORIGIN',
      'x-permitted-cross-domain-policies': 'none',
      'x-xss-protection': '0',
    };
    for (const path of ['/v1/things/a', '/docs', '/docs-json', '/metrics', '/nowhere']) {
      expect((await server().get(path)).headers).toMatchObject(careful);
    }
  });

  it('waits with an answer for longer than a request may take to arrive', async () => {
    await start({
      timeouts: {
        headersTimeoutMs: 50,
        requestTimeoutMs: 50,
        connectionTimeoutMs: 10_000,
        keepAliveTimeoutMs: 50,
        checkIntervalMs: 10,
      },
    });
    ThingsController.latch = new Latch();
    const running = openSocket(port, 'GET /v1/things/slow HTTP/1.1\r\nhost: x\r\n\r\n');
    await ThingsController.latch.entered;
    setTimeout(() => ThingsController.latch.release(), 300);
    expect(await running.closed).toMatch(/^HTTP\/1\.1 200 [^]*\{"waited":true\}$/);
  });

  it('has room for the longest wait and the longest deadline on top', () => {
    expect(HTTP_TIMEOUTS.connectionTimeoutMs).toBeGreaterThan(300_000 + TIMEOUT_MS_MAX);
  });

  describe('with CORS_ORIGINS', () => {
    const configuration = { corsOrigins: ['https://app.example'] };

    it('lets pages of these origins in, and of no other', async () => {
      await start({ configuration });
      const allowed = async (origin: string) => {
        const { headers } = await server().get('/v1/things/a').set('origin', origin);
        return headers['access-control-allow-origin'];
      };
      expect(await allowed('https://app.example')).toBe('https://app.example');
      expect(await allowed('https://app.example.evil')).toBeUndefined();
    });

    it('answers preflights', async () => {
      await start({ configuration });
      const { status, headers } = await server()
        .options('/v1/things/a/acquire')
        .set('origin', 'https://app.example')
        .set('access-control-request-method', 'POST')
        .set('access-control-request-headers', 'content-type,idempotency-key');
      expect(status).toBe(204);
      expect(headers['access-control-allow-origin']).toBe('https://app.example');
      expect(headers['access-control-allow-methods']).toBe('GET, HEAD, POST, PUT, DELETE');
      expect(headers['access-control-allow-headers']).toBe('content-type,idempotency-key');
    });

    it('lets pages read problems too', async () => {
      await start({ configuration });
      const response = await server().get('/nowhere').set('origin', 'https://app.example');
      expect([response.status, response.headers['access-control-allow-origin']]).toEqual([
        404,
        'https://app.example',
      ]);
    });
  });

  describe('with RATE_LIMIT_PER_SECOND', () => {
    it('refuses what is over it, but no probe and no scraper', async () => {
      await start({ configuration: { rateLimitPerSecond: 1 } });
      const responses = await Promise.all(
        Array.from({ length: 5 }, () => server().get('/v1/things/a')),
      );
      const refused = responses.find(({ status }) => status === 429);
      expect(refused?.headers['content-type']).toBe('application/problem+json');
      expect(refused?.headers['retry-after']).toBe('1');
      expect(refused?.body).toEqual({
        type: 'urn:sinkron:problem:rate-limited',
        title: 'Too many requests',
        status: 429,
        code: 'RATE_LIMITED',
        detail: 'at most 1 requests a second',
      });
      for (const path of ['/health/live', '/metrics', '/health/live', '/metrics']) {
        expect((await server().get(path)).status).toBe(200);
      }
    });
  });

  describe('when the node stops', () => {
    it('refuses new requests, and answers those that it has', async () => {
      await start();
      ThingsController.latch = new Latch();
      const running = openSocket(port, 'GET /v1/things/slow HTTP/1.1\r\nhost: x\r\n\r\n');
      await ThingsController.latch.entered;
      app.get(ShutdownGate).onModuleDestroy();

      const response = await server().post('/v1/things/a/acquire').send({ owner: 'o' });
      expect(response.status).toBe(503);
      expect(response.headers['retry-after']).toBe('1');
      expect(response.headers['connection']).toBe('close');
      expect(response.body).toEqual({
        type: 'urn:sinkron:problem:shutting-down',
        title: 'The node is stopping',
        status: 503,
        code: 'SHUTTING_DOWN',
        detail: 'this node stops; ask another one',
      });

      const closed = app.close();
      ThingsController.latch.release();
      await closed;
      expect(await running.closed).toMatch(/^HTTP\/1\.1 200 [^]*\{"waited":true\}$/);
    });

    it('cuts off what takes longer than DRAIN_TIMEOUT_MS', async () => {
      await start({ configuration: { drainTimeoutMs: 20 } });
      ThingsController.latch = new Latch();
      const running = openSocket(port, 'GET /v1/things/slow HTTP/1.1\r\nhost: x\r\n\r\n');
      await ThingsController.latch.entered;
      await app.close();
      expect(await running.closed).toBe('');
      ThingsController.latch.release();
    });
  });
});
