import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import request from 'supertest';
import { PROBLEMS, type ProblemCode } from '../problem/problems.js';
import { startHttpApplication } from '../testing/http-application.js';

describe('What is refused before a handler runs', () => {
  let app: NestFastifyApplication;
  const server = () => request(app.getHttpServer());

  beforeAll(async () => {
    ({ app } = await startHttpApplication());
  });

  afterAll(() => app.close());

  function expectProblem(
    response: request.Response,
    code: ProblemCode,
    rest: Readonly<Record<string, unknown>>,
  ): void {
    expect(response.headers['content-type']).toBe('application/problem+json');
    expect(response.headers['x-sinkron-node']).toBe('node1');
    expect(response.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
    expect(response.body).toEqual({
      type: `urn:sinkron:problem:${code.toLowerCase().replaceAll('_', '-')}`,
      title: PROBLEMS[code].title,
      status: PROBLEMS[code].status,
      code,
      ...rest,
    });
    expect(response.status).toBe(PROBLEMS[code].status);
  }

  const invalid = (field: string, message: string) => ({
    detail: `${field} ${message}`,
    errors: [{ field, message }],
  });

  it('an unknown route, whatever its method and body', async () => {
    expectProblem(await server().get('/v2/things?x=1'), 'ROUTE_NOT_FOUND', {
      detail: 'there is no route GET /v2/things',
    });
    const post = await server().post('/nowhere').set('content-type', 'text/x').send('{');
    expectProblem(post, 'ROUTE_NOT_FOUND', { detail: 'there is no route POST /nowhere' });
    expect((await server().head('/nowhere')).status).toBe(404);
    expectProblem(await server().options('/nowhere'), 'ROUTE_NOT_FOUND', {
      detail: 'there is no route OPTIONS /nowhere',
    });
  });

  it.each([
    ['delete', '/v1/things', 'GET, HEAD'],
    ['get', '/v1/things/a/acquire', 'POST'],
    ['delete', '/v1/things/a', 'GET, HEAD, PUT'],
    ['patch', '/v1/things/%2F', 'GET, HEAD, PUT'],
    ['post', '/docs', 'GET, HEAD'],
    ['trace', '/v1/things/a/acquire', 'POST'],
    ['lock', '/v1/things/a/acquire', 'POST'],
  ] as const)('the method of %s %s', async (method, path, allow) => {
    const response = await server()[method](path);
    expectProblem(response, 'METHOD_NOT_ALLOWED', {
      detail: `${path} takes ${allow}, not ${method.toUpperCase()}`,
    });
    expect(response.headers['allow']).toBe(allow);
  });

  it('HEAD of a stream, which has no end', async () => {
    const response = await server().head('/v1/things/stream');
    expect([response.status, response.headers['allow']]).toEqual([405, 'GET, PUT']);
    expect((await server().get('/v1/things/stream')).status).toBe(200);
  });

  it('not HEAD of a route, which answers as GET without a body', async () => {
    const head = await server().head('/v1/things/a');
    const get = await server().get('/v1/things/a');
    expect([head.status, head.text, head.headers['content-length']]).toEqual([
      200,
      undefined,
      get.headers['content-length'],
    ]);
  });

  it('not OPTIONS, which tells the methods', async () => {
    const response = await server().options('/v1/things/a');
    expect([response.status, response.headers['allow']]).toEqual([204, 'GET, HEAD, PUT']);
    expect(response.headers['access-control-allow-origin']).toBeUndefined();
  });

  it.each([
    '/v1/things/%zz',
    '/v1/things/%',
    '/v1/things/%ff',
    '/nowhere/%zz',
    '/v1/things?prefix=%zz',
  ])('a URL that is not percent-encoded UTF-8: %s', async (path) => {
    expectProblem(
      await server().get(path),
      'VALIDATION_FAILED',
      invalid('url', 'must be percent-encoded UTF-8'),
    );
  });

  it('a long URL, and a long name in a short one', async () => {
    const detail = 'the URL or a name in it is too long; a URL has at most 8192 bytes';
    const long = await server().get(`/v1/things?prefix=${'a'.repeat(8_192)}`);
    expectProblem(long, 'URI_TOO_LONG', { detail });
    expectProblem(await server().get(`/v1/things/${'a'.repeat(2_049)}`), 'URI_TOO_LONG', {
      detail,
    });
  });

  describe('bodies', () => {
    const post = (type: string | undefined, body: string | Buffer) => {
      const sent = server().post('/v1/things/refused');
      return (type === undefined ? sent.unset('content-type') : sent.type(type)).send(body);
    };
    const accepted = (response: request.Response) =>
      expect([response.status, response.body.code]).toEqual([500, 'INTERNAL']);

    it.each(['text/plain', 'application/x-www-form-urlencoded', 'application/jsonx', 'json'])(
      'of type %s',
      async (type) => {
        expectProblem(
          await server().post('/v1/things/refused').set('content-type', type).send('a=b'),
          'UNSUPPORTED_MEDIA_TYPE',
          { detail: 'send Content-Type: application/json (curl --json)' },
        );
      },
    );

    it('not empty ones, which count as {}', async () => {
      accepted(await server().post('/v1/things/refused'));
      accepted(await server().post('/v1/things/refused').type('application/json').send(''));
      accepted(await server().post('/v1/things/refused').type('text/plain').send(''));
      accepted(await post('application/json; charset=utf-8', '{}'));
    });

    it.each([
      ['{"a":', 'must be valid JSON'],
      ['nonsense', 'must be valid JSON'],
      ['[]', 'must be a JSON object'],
      ['"text"', 'must be a JSON object'],
      ['null', 'must be a JSON object'],
      ['{"__proto__":{"admin":true}}', 'must not have the key __proto__ or constructor.prototype'],
      [
        '{"a":{"constructor":{"prototype":{"admin":true}}}}',
        'must not have the key __proto__ or constructor.prototype',
      ],
      [`{"a":${'['.repeat(100)}${']'.repeat(100)}}`, 'must not nest deeper than 100 levels'],
    ])('that are JSON like %s', async (body, message) => {
      expectProblem(
        await post('application/json', body),
        'VALIDATION_FAILED',
        invalid('body', message),
      );
    });

    it('nested a million levels deep, without a stack overflow', async () => {
      expectProblem(
        await post('application/json', `{"a":${'['.repeat(1_000_000)}`),
        'VALIDATION_FAILED',
        invalid('body', 'must not nest deeper than 100 levels'),
      );
    });

    it('that are not UTF-8', async () => {
      const body = Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]);
      const response = await server()
        .post('/v1/things/refused')
        .type('application/json')
        .serialize((bytes) => bytes)
        .send(body);
      expectProblem(response, 'VALIDATION_FAILED', invalid('body', 'must be UTF-8'));
    });

    it('over the limit, which a route may raise', async () => {
      const body = JSON.stringify({ text: 'a'.repeat(1_048_576) });
      const refused = await server()
        .post('/v1/things/a/acquire')
        .type('application/json')
        .send(body);
      expectProblem(refused, 'PAYLOAD_TOO_LARGE', {
        detail: 'the body is larger than this route takes',
      });
      const taken = await server().post('/v1/things/a/batch').type('application/json').send(body);
      expect(taken.body).toEqual({ length: 1_048_576 });
    });

    it('not bytes of any type, where the route takes bytes', async () => {
      const put = (type: string, body: string) =>
        server().put('/v1/things/a').set('content-type', type).send(body);
      expect((await put('image/png', '\u0001x')).body).toEqual({
        bytes: '0178',
        type: 'image/png',
      });
      expect((await put('application/json', '{"')).body).toEqual({
        bytes: '7b22',
        type: 'application/json',
      });
      expect((await server().put('/v1/things/a')).body).toEqual({ bytes: '' });
    });
  });

  it('query parameters that the route does not know or that come twice', async () => {
    expectProblem(
      await server().get('/v1/things?limits=1'),
      'VALIDATION_FAILED',
      invalid('limits', 'is not a parameter of this route'),
    );
    expectProblem(await server().get('/v1/things?limit=1&limit=2&x=&y'), 'VALIDATION_FAILED', {
      detail: 'limit must be given once (and 2 more, see errors)',
      errors: [
        { field: 'limit', message: 'must be given once' },
        { field: 'x', message: 'is not a parameter of this route' },
        { field: 'y', message: 'is not a parameter of this route' },
      ],
    });
    expectProblem(
      await server().get('/health/live?verbose'),
      'VALIDATION_FAILED',
      invalid('verbose', 'is not a parameter of this route'),
    );
  });

  it('nothing else: X-Request-Id is echoed when it is 1 to 128 visible ASCII characters', async () => {
    const echoed = async (id: string) => {
      const { headers } = await server().get('/v1/things/a').set('x-request-id', id);
      return headers['x-request-id'] === id;
    };
    expect(await echoed('~!'.repeat(64))).toBe(true);
    expect(await echoed('a'.repeat(129))).toBe(false);
    expect(await echoed('a b')).toBe(false);
    expect(await echoed('é')).toBe(false);
  });
});
