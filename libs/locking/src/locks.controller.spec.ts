import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { ProblemError, routesWithoutPermission } from '@sinkron/http';
import { LocksHttp } from './testing/locks-http.js';

let http: LocksHttp;

beforeEach(async () => {
  http = await LocksHttp.start();
});
afterEach(() => http.stop());

const acquire = (name: string, owner: string, more: object = {}) =>
  http.post(`/${name}/acquire`, { owner, ...more });

function problem(status: number, code: string, members: object = {}) {
  return { status, body: expect.objectContaining({ status, code, ...members }) as object };
}

describe('POST /v1/locks/{name}/acquire', () => {
  it('grants with 200 and says until when', async () => {
    expect(await acquire('orders%2F42', 'one')).toMatchObject({
      status: 200,
      body: {
        name: 'orders/42',
        owner: 'one',
        mode: 'exclusive',
        token: 1,
        holds: 1,
        ttlMs: 30_000,
        expiresAt: '2026-01-01T00:00:30.000Z',
        waitedMs: 0,
      },
    });
  });

  it('refuses another owner with LOCK_HELD, the holder and the length of the queue', async () => {
    await acquire('a', 'one');
    expect(await acquire('a', 'two')).toMatchObject(
      problem(409, 'LOCK_HELD', {
        detail: 'the lock a is held by one',
        holders: [{ owner: 'one', token: 1, holds: 1, sessionId: null }],
        queueLength: 0,
      }),
    );
  });

  it('takes the default values of what is not available yet', async () => {
    const more = { mode: 'exclusive', waitMs: 0, lockDelayMs: 0, ttlMs: 100, metadata: {} };
    expect(await acquire('a', 'one', more)).toMatchObject({ status: 200, body: { ttlMs: 100 } });
  });

  it.each([
    ['mode', 'shared', 'the mode shared is not available in this version'],
    ['waitMs', 1, 'waiting for a lock is not available in this version'],
    ['sessionId', 's', 'holding by a session is not available in this version'],
    ['lockDelayMs', 1, 'a lock-delay is not available in this version'],
    ['mode', 'both', 'must be one of the following values: exclusive, shared'],
    ['ttlMs', 99, 'must be an integer from 100 to 86400000'],
    ['ttlMs', 86_400_001, 'must be an integer from 100 to 86400000'],
    ['ttlMs', '500', 'must be an integer from 100 to 86400000'],
    ['ttlMs', null, 'must be an integer from 100 to 86400000'],
    ['ttlMs', 100.5, 'must be an integer from 100 to 86400000'],
    ['lockDelayMs', -1, 'must be an integer from 0 to 60000'],
    ['owner', '', 'must be a string of 1 to 128 characters'],
    ['owner', 7, 'must be a string of 1 to 128 characters'],
    ['owner', 'o'.repeat(129), 'must be a string of 1 to 128 characters'],
    ['owner', `o${'\ufe0f'.repeat(128)}`, 'must be a string of 1 to 128 characters'],
    ['owner', '\ud800', 'must be a string of 1 to 128 characters'],
    ['metadata', [], 'must be an object of at most 1024 bytes as JSON'],
    ['metadata', null, 'must be an object of at most 1024 bytes as JSON'],
    ['metadata', { a: 'é'.repeat(510) }, 'must be an object of at most 1024 bytes as JSON'],
    ['color', 'red', 'is not a known field'],
  ])('refuses %s %j', async (field, value, message) => {
    const answer = await acquire('a', 'one', { [field]: value });
    expect(answer).toMatchObject(
      problem(400, 'VALIDATION_FAILED', { errors: [{ field, message }] }),
    );
    expect(http.router.asked).toEqual([]);
  });

  it('takes 128 characters of any plane and 1,024 bytes of metadata', async () => {
    const metadata = { a: 'é'.repeat(508) };
    expect(await acquire('a', '😀'.repeat(128), { metadata })).toMatchObject({ status: 200 });
    expect(await http.get('/a')).toMatchObject({
      status: 200,
      body: { holders: [{ owner: '😀'.repeat(128), metadata }] },
    });
  });

  it('refuses a missing owner', async () => {
    expect(await http.post('/a/acquire', {})).toMatchObject(
      problem(400, 'VALIDATION_FAILED', {
        errors: [{ field: 'owner', message: 'must be a string of 1 to 128 characters' }],
      }),
    );
  });

  it('refuses names that are too long or hold control characters', async () => {
    for (const name of ['n'.repeat(257), 'a%00b']) {
      expect(await acquire(name, 'one')).toMatchObject(problem(400, 'VALIDATION_FAILED'));
    }
    expect(http.router.asked).toEqual([]);
  });

  it('repeats the first answer to an Idempotency-Key, and tells that it does', async () => {
    const key = { 'idempotency-key': 'k1' };
    const first = await http.post('/a/acquire', { owner: 'one' }, key);
    http.router.pass(1_000);
    const second = await http.post('/a/acquire', { owner: 'one' }, key);
    expect(second.body).toEqual(first.body);
    expect(first.headers['idempotency-replayed']).toBeUndefined();
    expect(second.headers['idempotency-replayed']).toBe('true');
    expect(await http.post('/a/acquire', { owner: 'two' }, key)).toMatchObject(
      problem(422, 'IDEMPOTENCY_KEY_REUSED'),
    );
  });

  it('does not remember LOCK_HELD: the key gets the lock once it is free', async () => {
    const key = { 'idempotency-key': 'k1' };
    await acquire('a', 'one');
    expect(await http.post('/a/acquire', { owner: 'two' }, key)).toMatchObject({ status: 409 });
    await http.post('/a/release', { owner: 'one', token: 1 });
    expect(await http.post('/a/acquire', { owner: 'two' }, key)).toMatchObject({
      status: 200,
      body: { token: 2 },
    });
  });

  it('passes on that nothing happened, or that nobody knows', async () => {
    for (const [code, status] of [
      ['NO_LEADER', 503],
      ['OUTCOME_UNKNOWN', 504],
    ] as const) {
      http.router.failure = new ProblemError(code, 'as the router says');
      expect(await acquire('a', 'one')).toMatchObject(problem(status, code));
    }
  });
});

describe('POST /v1/locks/{name}/release', () => {
  it('gives one hold back at a time', async () => {
    await acquire('a', 'one');
    await acquire('a', 'one');
    const release = () => http.post('/a/release', { owner: 'one', token: 1 });
    expect(await release()).toMatchObject({
      status: 200,
      body: { name: 'a', released: false, holds: 1 },
    });
    expect(await release()).toMatchObject({
      status: 200,
      body: { name: 'a', released: true, holds: 0 },
    });
    expect(await release()).toMatchObject(problem(409, 'NOT_HOLDER'));
  });

  it('is for the holder with its token', async () => {
    await acquire('a', 'one');
    for (const body of [
      { owner: 'two', token: 1 },
      { owner: 'one', token: 2 },
    ]) {
      expect(await http.post('/a/release', body)).toMatchObject(problem(409, 'NOT_HOLDER'));
    }
    expect(await http.get('/a')).toMatchObject({ status: 200 });
  });

  it('repeats a remembered refusal with the header, too', async () => {
    const key = { 'idempotency-key': 'k1' };
    const release = () => http.post('/a/release', { owner: 'one', token: 1 }, key);
    const first = await release();
    const second = await release();
    expect(second).toMatchObject(problem(409, 'NOT_HOLDER'));
    expect(second.body).toEqual(first.body);
    expect(second.headers['idempotency-replayed']).toBe('true');
  });

  it.each([[0], [1.5], ['1'], [null], [2 ** 53]])('refuses token %j', async (token) => {
    expect(await http.post('/a/release', { owner: 'one', token })).toMatchObject(
      problem(400, 'VALIDATION_FAILED', {
        errors: [{ field: 'token', message: 'must be an integer from 1 to 9007199254740991' }],
      }),
    );
  });
});

describe('POST /v1/locks/{name}/renew', () => {
  it('answers like acquire, from now on', async () => {
    await acquire('a', 'one');
    http.router.pass(10_000);
    expect(await http.post('/a/renew', { owner: 'one', token: 1 })).toMatchObject({
      status: 200,
      body: {
        name: 'a',
        owner: 'one',
        mode: 'exclusive',
        token: 1,
        holds: 1,
        ttlMs: 30_000,
        expiresAt: '2026-01-01T00:00:40.000Z',
        waitedMs: 0,
      },
    });
  });

  it('takes another length', async () => {
    await acquire('a', 'one');
    const renewal = await http.post('/a/renew', { owner: 'one', token: 1, ttlMs: 500 });
    expect(renewal).toMatchObject({ status: 200, body: { ttlMs: 500 } });
  });

  it('is refused once the lease has ended', async () => {
    await acquire('a', 'one', { ttlMs: 100 });
    http.router.pass(100);
    http.router.tick();
    expect(await http.post('/a/renew', { owner: 'one', token: 1 })).toMatchObject(
      problem(409, 'NOT_HOLDER'),
    );
  });
});

describe('GET /v1/locks', () => {
  it('shows a lock, and 404 when it is free', async () => {
    await acquire('a', 'one', { metadata: { pid: 7 } });
    expect(await http.get('/a')).toMatchObject({
      status: 200,
      body: {
        name: 'a',
        mode: 'exclusive',
        holders: [
          {
            owner: 'one',
            token: 1,
            holds: 1,
            expiresAt: '2026-01-01T00:00:30.000Z',
            sessionId: null,
            metadata: { pid: 7 },
          },
        ],
        queue: [],
      },
    });
    expect(await http.get('/b')).toMatchObject(problem(404, 'LOCK_NOT_FOUND'));
  });

  it('leaves metadata out where there is none', async () => {
    await acquire('a', 'one');
    const { body } = await http.get('/a');
    expect(JSON.stringify(body)).not.toContain('metadata');
  });

  it('pages by prefix in byte order', async () => {
    for (const name of ['b', 'a%2F2', 'a%2F1', 'a%2F3']) await acquire(name, 'one');
    const first = await http.get('?prefix=a%2F&limit=2');
    expect(first).toMatchObject({
      status: 200,
      body: { locks: [{ name: 'a/1' }, { name: 'a/2' }], nextCursor: expect.any(String) as string },
    });
    const { nextCursor } = first.body as { nextCursor: string };
    expect(await http.get(`?prefix=a%2F&limit=2&cursor=${nextCursor}`)).toMatchObject({
      body: { locks: [{ name: 'a/3' }], nextCursor: null },
    });
  });

  it('reads linearizable unless a stale read is asked for', async () => {
    await http.get('');
    await http.get('/a?consistency=stale');
    expect(http.router.asked).toEqual([
      'query linearizable list at coordination/locks',
      'query stale get at coordination/locks',
    ]);
  });

  it.each(['?limit=0', '?limit=1001', '?cursor=%25', '?consistency=eventual', '/a?consistency=x'])(
    'refuses %s',
    async (path) => {
      expect(await http.get(path)).toMatchObject(problem(400, 'VALIDATION_FAILED'));
    },
  );
});

it('every route declares its permission', () => {
  const routes = routesWithoutPermission(http.application);
  expect(routes.filter((route) => route.includes('/v1/'))).toEqual([]);
});

it('documents every call with the names that readers of the contract expect', () => {
  const document = SwaggerModule.createDocument(http.application, new DocumentBuilder().build());
  const calls = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods as Record<string, { operationId: string; responses: object }>).map(
      ([method, { operationId, responses }]) => [
        `${method} ${path}`,
        operationId,
        Object.keys(responses),
      ],
    ),
  );
  const write = ['200', '400', '409', '422', '500', '503', '504'];
  expect(calls).toEqual([
    ['post /v1/locks/{name}/acquire', 'acquireLock', write],
    ['post /v1/locks/{name}/release', 'releaseLock', write],
    ['post /v1/locks/{name}/renew', 'renewLock', write],
    ['get /v1/locks', 'listLocks', ['200', '400', '500', '503']],
    ['get /v1/locks/{name}', 'getLock', ['200', '400', '404', '500', '503']],
  ]);
});
