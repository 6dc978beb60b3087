import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import request from 'supertest';
import { startHttpApplication } from '../testing/http-application.js';
import { encodeCursor } from './paging.js';

describe('Parameters of a request', () => {
  let app: NestFastifyApplication;
  const server = () => request(app.getHttpServer());

  beforeAll(async () => {
    ({ app } = await startHttpApplication());
  });

  afterAll(() => app.close());

  const refused = (response: request.Response) => [response.status, response.body.errors];

  describe('names', () => {
    it.each([
      ['a', 'a'],
      ['a%2Fb', 'a/b'],
      ['%252F', '%2F'],
      ['...', '...'],
      ['%20', ' '],
      ['a;b', 'a;b'],
      ['a+b', 'a+b'],
      ['%F0%9F%94%92', '🔒'],
      ['constructor', 'constructor'],
      ['__proto__', '__proto__'],
      ['%3F%23', '?#'],
      ['%C3%A9'.repeat(125), 'é'.repeat(125)],
      ['a'.repeat(251), 'a'.repeat(251)],
    ])('%s is a name', async (path, name) => {
      expect((await server().get(`/v1/things/${path}`)).body).toEqual({ name });
    });

    it.each([
      ['', 'must be 1 to 251 bytes of UTF-8, not 0'],
      ['a'.repeat(252), 'must be 1 to 251 bytes of UTF-8, not 252'],
      ['%C3%A9'.repeat(126), 'must be 1 to 251 bytes of UTF-8, not 252'],
      ['%F0%9F%94%92'.repeat(170), 'must be 1 to 251 bytes of UTF-8, not 680'],
      ['%2E', 'must not be . or ..'],
      ['%2e%2E', 'must not be . or ..'],
      ['a%00', 'must not contain control characters'],
      ['%0A', 'must not contain control characters'],
      ['%1F', 'must not contain control characters'],
      ['%7F', 'must not contain control characters'],
      ['%C2%80', 'must not contain control characters'],
      ['%C2%9F', 'must not contain control characters'],
    ])('%s is none', async (path, message) => {
      expect(refused(await server().get(`/v1/things/${path}`))).toEqual([
        400,
        [{ field: 'name', message }],
      ]);
    });

    it('may have 256 bytes unless the route says less', async () => {
      const acquire = (bytes: number) =>
        server()
          .post(`/v1/things/${'a'.repeat(bytes)}/acquire`)
          .send({ owner: 'o' });
      expect((await acquire(256)).status).toBe(201);
      expect(refused(await acquire(257))).toEqual([
        400,
        [{ field: 'name', message: 'must be 1 to 256 bytes of UTF-8, not 257' }],
      ]);
    });
  });

  describe('the query', () => {
    it('has defaults', async () => {
      expect((await server().get('/v1/things')).body).toEqual({
        consistency: 'linearizable',
        limit: 100,
      });
    });

    it('is read', async () => {
      const query = { prefix: 'a/b é', state: 'ready', max: 20, consistency: 'stale', limit: 1000 };
      const cursor = encodeCursor('ключ/1');
      expect(
        (
          await server()
            .get('/v1/things')
            .query({ ...query, cursor })
        ).body,
      ).toEqual({
        ...query,
        after: 'ключ/1',
      });
    });

    it.each([
      ['limit=0', 'limit', 'must be an integer from 1 to 1000'],
      ['limit=1001', 'limit', 'must be an integer from 1 to 1000'],
      ['limit=', 'limit', 'must be an integer from 1 to 1000'],
      ['limit=1e2', 'limit', 'must be an integer from 1 to 1000'],
      ['limit=0x10', 'limit', 'must be an integer from 1 to 1000'],
      ['limit=%2B5', 'limit', 'must be an integer from 1 to 1000'],
      ['limit=5.0', 'limit', 'must be an integer from 1 to 1000'],
      ['max=21', 'max', 'must be an integer from 1 to 20'],
      ['max=99999999999999999999', 'max', 'must be an integer from 1 to 20'],
      ['state=gone', 'state', 'must be one of ready, delayed'],
      ['consistency=Stale', 'consistency', 'must be one of linearizable, stale'],
      ['consistency=', 'consistency', 'must be one of linearizable, stale'],
      [`prefix=${'a'.repeat(257)}`, 'prefix', 'must be at most 256 bytes of UTF-8'],
      ['prefix=%00', 'prefix', 'must not contain control characters'],
      ['group=', 'group', 'must be 1 to 256 bytes of UTF-8, not 0'],
      ['group=..', 'group', 'must not be . or ..'],
      ['group=a&group=b', 'group', 'must be given once'],
      ['cursor=', 'cursor', 'must be the nextCursor of an earlier answer'],
      ['cursor=a', 'cursor', 'must be the nextCursor of an earlier answer'],
      ['cursor=YQ%3D%3D', 'cursor', 'must be the nextCursor of an earlier answer'],
      ['cursor=_w', 'cursor', 'must be the nextCursor of an earlier answer'],
      ['cursor=!!!!', 'cursor', 'must be the nextCursor of an earlier answer'],
      [
        `cursor=${encodeCursor('a'.repeat(257))}`,
        'cursor',
        'must be the nextCursor of an earlier answer',
      ],
    ])('is refused: %s', async (query, field, message) => {
      expect(refused(await server().get(`/v1/things?${query}`))).toEqual([
        400,
        [{ field, message }],
      ]);
    });
  });

  describe('X-Timeout-Ms', () => {
    const acquire = (timeout?: string) => {
      const sent = server().post('/v1/things/a/acquire').send({ owner: 'o' });
      return timeout === undefined ? sent : sent.set('x-timeout-ms', timeout);
    };

    it.each([
      [undefined, 5_000],
      ['100', 100],
      ['60000', 60_000],
    ])('%s is a deadline', async (timeout, timeoutMs) => {
      const { remainingMs } = (await acquire(timeout)).body;
      // The handler reads the clock just after the deadline is made.
      expect(remainingMs).toBeLessThanOrEqual(timeoutMs);
      expect(remainingMs).toBeGreaterThan(timeoutMs - 100);
    });

    it.each(['99', '60001', '1s', '-100', '1e3', ''])('%s is none', async (timeout) => {
      expect(refused(await acquire(timeout))).toEqual([
        400,
        [{ field: 'X-Timeout-Ms', message: 'must be an integer from 100 to 60000' }],
      ]);
    });
  });

  describe('Idempotency-Key', () => {
    const acquire = (key: string, body: string, path = '/v1/things/a%2Fb/acquire') =>
      server().post(path).type('json').set('idempotency-key', key).send(body);

    it('names the request, with a fingerprint of its body', async () => {
      const { idempotency } = (await acquire('~!', '{"owner":"o"}')).body;
      expect(idempotency).toEqual({
        key: '~!',
        // printf '%s' '{"owner":"o"}' | sha256sum
        fingerprint: 'b16b4a7ff478efe9a4f60de2afa0a6d879516aae7129ada6f33b066b508df26d',
        method: 'POST',
        path: '/v1/things/a%2Fb/acquire',
      });
    });

    it('is the same for the same JSON, written otherwise, and for no other', async () => {
      const fingerprint = async (body: string) =>
        (await acquire('k', body)).body.idempotency.fingerprint;
      const first = await fingerprint('{"owner":"o","note":{"b":1.0,"a":["é",null]}}');
      expect(
        await fingerprint(' {"note": {"a": ["\\u00e9", null], "b": 1e0},\n "owner": "o"} '),
      ).toBe(first);
      expect(await fingerprint('{"owner":"o","note":{"b":1,"a":[null,"é"]}}')).not.toBe(first);
    });

    it('is nothing when it is not sent', async () => {
      const { body } = await server().post('/v1/things/a/acquire').send({ owner: 'o' });
      expect(body).toEqual({ name: 'a', body: body.body, remainingMs: body.remainingMs });
    });

    it.each(['', 'a b', 'é', 'a'.repeat(129)])('%s is none', async (key) => {
      expect(refused(await acquire(key, '{"owner":"o"}'))).toEqual([
        400,
        [{ field: 'Idempotency-Key', message: 'must be 1 to 128 visible ASCII characters' }],
      ]);
    });
  });

  describe('a call', () => {
    const release = (headers: Record<string, string>) =>
      server().post('/v1/things/a/release').set(headers).send({ owner: 'o' });

    it('says until when, under which key, and whether somebody waits still', async () => {
      const { body } = await release({ 'x-timeout-ms': '300', 'idempotency-key': 'k' });
      expect(body).toEqual({
        name: 'a',
        idempotency: {
          key: 'k',
          fingerprint: 'b16b4a7ff478efe9a4f60de2afa0a6d879516aae7129ada6f33b066b508df26d',
          method: 'POST',
          path: '/v1/things/a/release',
        },
        remainingMs: body.remainingMs,
        gone: false,
      });
      expect(body.remainingMs).toBeLessThanOrEqual(300);
      expect(body.remainingMs).toBeGreaterThan(200);
    });

    it('needs neither header', async () => {
      const { body } = await release({});
      expect(body).toEqual({ name: 'a', remainingMs: body.remainingMs, gone: false });
      expect(body.remainingMs).toBeGreaterThan(4_900);
    });

    it.each([
      ['x-timeout-ms', '99', 'X-Timeout-Ms', 'must be an integer from 100 to 60000'],
      ['idempotency-key', 'a b', 'Idempotency-Key', 'must be 1 to 128 visible ASCII characters'],
    ])('is refused with a bad %s', async (header, value, field, message) => {
      expect(refused(await release({ [header]: value }))).toEqual([400, [{ field, message }]]);
    });
  });
});
