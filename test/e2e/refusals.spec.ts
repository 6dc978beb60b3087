import { expectInvalid, expectProblem } from './expect-problem.js';
import { RealNode } from './real-node.js';

/** Held for longer than these tests take on a slow machine. */
const LOCK = { owner: 'one', ttlMs: 600_000 };

let node: RealNode;
let token: number;
let before: readonly unknown[];

beforeAll(async () => {
  node = await RealNode.start();
  token = (await node.post('/v1/locks/a/acquire', LOCK)).body.token;
  before = await node.locks();
});
afterAll(async () => {
  expect(await node.locks()).toEqual(before);
  await node.stop();
});

const path = '/v1/locks/a/release';
const release = () => JSON.stringify({ owner: 'one', token });

describe('A body', () => {
  const send = (type: string, body: string | Buffer) =>
    node.http
      .post(path)
      .set('content-type', type)
      .serialize((bytes) => bytes)
      .send(body);

  it.each([
    ['must be valid JSON', '{"owner":'],
    ['must be valid JSON', '{"owner":"one",}'],
    ['must be valid JSON', "{'owner':'one'}"],
    ['must be valid JSON', '{"owner":"one"} {}'],
    ['must be valid JSON', '\u0000'],
    ['must be valid JSON', 'owner=one'],
    ['must be valid JSON', ' '],
    ['must be a JSON object', '[]'],
    ['must be a JSON object', '[{"owner":"one"}]'],
    ['must be a JSON object', 'null'],
    ['must be a JSON object', '"one"'],
    ['must be a JSON object', '5'],
    ['must not nest deeper than 100 levels', `${'{"a":'.repeat(101)}1${'}'.repeat(101)}`],
    ['must not have the key __proto__ or constructor.prototype', '{"__proto__":{"owner":"one"}}'],
    [
      'must not have the key __proto__ or constructor.prototype',
      '{"metadata":{"__proto__":{"polluted":true}}}',
    ],
    [
      'must not have the key __proto__ or constructor.prototype',
      '{"constructor":{"prototype":{"polluted":true}}}',
    ],
  ])('that %s: %s', async (message, body) => {
    expectInvalid(await send('application/json', body), { field: 'body', message });
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
  });

  it('nested 500,000 levels deep', async () => {
    expectInvalid(await send('application/json', '['.repeat(500_000)), {
      field: 'body',
      message: 'must not nest deeper than 100 levels',
    });
  });

  it('that is not UTF-8', async () => {
    const body = Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]);
    expectInvalid(await send('application/json', body), {
      field: 'body',
      message: 'must be UTF-8',
    });
  });

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/octet-stream',
    'application/jsonp',
    'application/problem+json',
    'application/ld+json',
    'json',
    '*/*',
    ';',
  ])('of type %s', async (type) => {
    expectProblem(await send(type, release()), 'UNSUPPORTED_MEDIA_TYPE', {
      detail: 'send Content-Type: application/json (curl --json)',
    });
  });

  it.each([
    'application/json; charset=utf-8',
    'Application/JSON',
    'application/json;charset=UTF-8',
  ])('but not one of type %s', async (type) => {
    const answer = await send(type, JSON.stringify({ owner: 'two', token }));
    expectProblem(answer, 'NOT_HOLDER', {
      detail: expect.any(String) as string,
      name: 'a',
    });
  });

  it.each([
    ['2 MiB', 2_097_152],
    ['one byte over 1 MiB', 1_048_577],
  ])('of %s', async (_what, bytes) => {
    const body = JSON.stringify({ owner: 'one', token, x: '' });
    const filled = body.replace('""', `"${'x'.repeat(bytes - body.length)}"`);
    expect(filled).toHaveLength(bytes);
    expectProblem(await send('application/json', filled), 'PAYLOAD_TOO_LARGE', {
      detail: 'the body is larger than this route takes',
    });
  });

  it('but not one of exactly 1 MiB', async () => {
    const body = JSON.stringify({ owner: 'one', token, x: '' });
    const filled = body.replace('""', `"${'x'.repeat(1_048_576 - body.length)}"`);
    expectInvalid(await send('application/json', filled), {
      field: 'x',
      message: 'is not a known field',
    });
  });
});

describe('A URL', () => {
  it.each(['/v1/locks/%zz', '/v1/locks/%', '/v1/locks/a%2', '/v1/locks/%ff', '/%zz', '/v1/%C3'])(
    'that is not percent-encoded UTF-8: %s',
    async (url) => {
      expectInvalid(await node.get(url), {
        field: 'url',
        message: 'must be percent-encoded UTF-8',
      });
    },
  );

  it.each([
    ['a query of 9,000 bytes', `/v1/locks?prefix=${'a'.repeat(9_000)}`],
    ['a name of 3,000 bytes', `/v1/locks/${'a'.repeat(3_000)}`],
    ['a name of 20,000 bytes', `/v1/locks/${'a'.repeat(20_000)}`],
    ['100,000 bytes', `/${'a'.repeat(100_000)}`],
  ])('with %s', async (_what, url) => {
    expectProblem(await node.get(url), 'URI_TOO_LONG', {
      detail: 'the URL or a name in it is too long; a URL has at most 8192 bytes',
    });
  });

  it.each([
    '/v1',
    '/v1/',
    '/v1/lock',
    '/v1/Locks',
    '/v1/locks/a/',
    '/v1/locks/a/b/acquire',
    '/v1//locks',
    '/v1/ledgers/a',
    '/favicon.ico',
    '/constructor',
  ])('at which there is nothing: %s', async (url) => {
    expectProblem(await node.get(url), 'ROUTE_NOT_FOUND', {
      detail: `there is no route GET ${url}`,
    });
  });

  it('out of the folder of the documentation leads nowhere', async () => {
    for (const url of ['/docs/../../../etc/passwd', '/docs/%2e%2e%2f%2e%2e%2fetc%2fpasswd']) {
      const answer = await node.get(url);
      expect([403, 404]).toContain(answer.status);
      expect(answer.headers['content-type']).toBe('application/problem+json');
    }
  });

  it('at which there is nothing, whatever the method and the body', async () => {
    const answer = await node.http.put('/v1/nothing').set('content-type', 'text/x').send('{');
    expectProblem(answer, 'ROUTE_NOT_FOUND', { detail: 'there is no route PUT /v1/nothing' });
  });
});

describe('A method', () => {
  it.each([
    ['POST', '/', 'GET, HEAD'],
    ['DELETE', '/v1/locks', 'GET, HEAD'],
    ['PATCH', '/v1/locks/a', 'DELETE, GET, HEAD'],
    ['PUT', '/v1/locks/a%2Fb', 'DELETE, GET, HEAD'],
    ['GET', '/v1/locks/a/acquire', 'POST'],
    ['DELETE', '/v1/locks/a/release', 'POST'],
    ['PUT', '/v1/locks/a/renew?x=1', 'POST'],
    ['GET', '/v1/multi-locks/acquire', 'POST'],
    ['PUT', '/v1/multi-locks/release', 'POST'],
    ['DELETE', '/v1/multi-locks/renew', 'POST'],
    ['POST', '/v1/wait-for-graph', 'GET, HEAD'],
    ['POST', '/v1/lock-events', 'GET'],
    ['DELETE', '/v1/sessions', 'GET, HEAD, POST'],
    ['PUT', '/v1/sessions/x', 'DELETE, GET, HEAD'],
    ['GET', '/v1/sessions/x/keepalive', 'POST'],
    ['POST', '/v1/cluster', 'GET, HEAD'],
    ['GET', '/v1/cluster/groups/coordination/transfer', 'POST'],
    ['POST', '/v1/cluster/leader', 'GET, HEAD'],
    ['DELETE', '/health/live', 'GET, HEAD'],
    ['POST', '/metrics', 'GET, HEAD'],
    ['PUT', '/docs', 'GET, HEAD'],
    ['TRACE', '/v1/locks', 'GET, HEAD'],
    ['PROPFIND', '/v1/locks', 'GET, HEAD'],
  ])('%s that %s does not take', async (method, url, allow) => {
    const response = await fetchRaw(method, url);
    const [pathname] = url.split('?');
    expectProblem(response, 'METHOD_NOT_ALLOWED', {
      detail: `${pathname} takes ${allow}, not ${method}`,
    });
    expect(response.headers['allow']).toBe(allow);
  });

  /** Supertest knows only some methods by name. */
  async function fetchRaw(method: string, url: string) {
    return method === 'TRACE' || method === 'PROPFIND'
      ? await node.http[method === 'TRACE' ? 'trace' : 'propfind'](url)
      : await node.http[method.toLowerCase() as 'get'](url);
  }

  it('HEAD answers like GET, without the body', async () => {
    for (const url of ['/', '/v1/locks', '/v1/locks/a', '/v1/locks/free']) {
      const get = await node.get(url);
      const head = await node.http.head(url);
      expect([url, head.status, head.text]).toEqual([url, get.status, undefined]);
      expect(head.headers['content-type']).toBe(get.headers['content-type']);
      expect(head.headers['content-length']).toBe(get.headers['content-length']);
    }
    for (const [url, allow] of [
      ['/v1/locks/a/acquire', 'POST'],
      ['/v1/lock-events', 'GET'],
    ] as const) {
      const refused = await node.http.head(url);
      expect([refused.status, refused.headers['allow']]).toEqual([405, allow]);
    }
  });

  it('OPTIONS tells what a path takes', async () => {
    for (const [url, allow] of [
      ['/v1/locks', 'GET, HEAD'],
      ['/v1/locks/a/acquire', 'POST'],
    ] as const) {
      const answer = await node.http.options(url).set('origin', 'https://evil.example');
      expect([answer.status, answer.headers['allow'], answer.text]).toEqual([204, allow, '']);
      expect(answer.headers['access-control-allow-origin']).toBeUndefined();
    }
    expectProblem(await node.http.options('/nothing'), 'ROUTE_NOT_FOUND', {
      detail: 'there is no route OPTIONS /nothing',
    });
  });
});

describe('Every answer', () => {
  it('has X-Request-Id, the one of the caller if it is 1 to 128 visible ASCII characters', async () => {
    const idOf = async (url: string, id: string): Promise<unknown> =>
      (await node.get(url, { 'x-request-id': id })).headers['x-request-id'];
    for (const url of ['/', '/v1/locks/free', '/nothing', '/v1/locks/%zz']) {
      expect(await idOf(url, 'req-1')).toBe('req-1');
      expect(await idOf(url, '~'.repeat(128))).toBe('~'.repeat(128));
      for (const wrong of ['~'.repeat(129), 'a b', 'é', '']) {
        expect(await idOf(url, wrong)).toMatch(/^[0-9a-f-]{36}$/);
      }
    }
  });

  it('names the node and lets no browser guess', async () => {
    for (const url of ['/', '/v1/locks', '/v1/locks/free', '/nothing', '/docs', '/metrics']) {
      const { headers } = await node.get(url);
      expect([url, headers['x-sinkron-node']]).toEqual([url, 'node1']);
      expect(headers['x-content-type-options']).toBe('nosniff');
      expect(headers['x-powered-by']).toBeUndefined();
    }
  });
});
