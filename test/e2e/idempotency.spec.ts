import type { Response } from 'supertest';
import { expectInvalid, expectProblem } from './expect-problem.js';
import { RealNode } from './real-node.js';

let node: RealNode;

beforeAll(async () => {
  node = await RealNode.start();
});
afterAll(async () => {
  await node.stop();
});

const withKey = (key: string) => ({ 'idempotency-key': key });

function expectReplay(answer: Response, first: Response): void {
  expect(first.headers['idempotency-replayed']).toBeUndefined();
  expect(answer.headers['idempotency-replayed']).toBe('true');
  expect([answer.status, answer.body]).toEqual([first.status, first.body]);
}

describe('An Idempotency-Key', () => {
  it('repeats a grant: no second hold, no second token', async () => {
    const acquire = () => node.post('/v1/locks/grant/acquire', { owner: 'one' }, withKey('k-1'));
    const first = await acquire();
    expect(first.status).toBe(200);
    expectReplay(await acquire(), first);
    const { body } = await node.get('/v1/locks/grant');
    expect(body.holders).toMatchObject([{ token: first.body.token, holds: 1 }]);
  });

  it('repeats a release, and the refusal of one', async () => {
    const { token } = (await node.post('/v1/locks/back/acquire', { owner: 'one' })).body;
    const release = (key: string) =>
      node.post('/v1/locks/back/release', { owner: 'one', token }, withKey(key));
    const first = await release('k-2');
    expect(first.body).toEqual({ name: 'back', released: true, holds: 0 });
    expectReplay(await release('k-2'), first);
    const refused = await release('k-3');
    expect(refused.body.code).toBe('NOT_HOLDER');
    expectReplay(await release('k-3'), refused);
  });

  it('repeats a renewal as it was answered', async () => {
    const { token } = (await node.post('/v1/locks/kept/acquire', { owner: 'one' })).body;
    const renew = () => node.post('/v1/locks/kept/renew', { owner: 'one', token }, withKey('k-4'));
    const first = await renew();
    expect(first.status).toBe(200);
    expectReplay(await renew(), first);
  });

  it('knows a body by its values, not by its text', async () => {
    const send = (body: string) =>
      node.http.post('/v1/locks/same/acquire').type('json').set(withKey('k-5')).send(body);
    const first = await send('{"owner":"one","metadata":{"a":1,"b":[2]},"ttlMs":5000}');
    expect(first.status).toBe(200);
    expectReplay(
      await send('{ "ttlMs": 5e3, "metadata": {"b":[2.0], "a":1}, "own\\u0065r": "one" }'),
      first,
    );
  });

  it('is refused with another body, and the first answer stays', async () => {
    const acquire = (body: object) => node.post('/v1/locks/once/acquire', body, withKey('k-6'));
    const first = await acquire({ owner: 'one' });
    for (const body of [{ owner: 'two' }, { owner: 'one', ttlMs: 30_000 }]) {
      expectProblem(await acquire(body), 'IDEMPOTENCY_KEY_REUSED', {
        detail: expect.any(String) as string,
      });
    }
    expectReplay(await acquire({ owner: 'one' }), first);
  });

  it('belongs to one path', async () => {
    const first = await node.post('/v1/locks/p1/acquire', { owner: 'one' }, withKey('k-7'));
    const other = await node.post('/v1/locks/p2/acquire', { owner: 'one' }, withKey('k-7'));
    expect([first.status, other.status]).toEqual([200, 200]);
    expect(other.headers['idempotency-replayed']).toBeUndefined();
    expect(other.body.token).toBeGreaterThan(first.body.token);
  });

  it('does not remember LOCK_HELD: the same request gets the lock once it is free', async () => {
    const { token } = (await node.post('/v1/locks/busy/acquire', { owner: 'one' })).body;
    const acquire = () => node.post('/v1/locks/busy/acquire', { owner: 'two' }, withKey('k-8'));
    expect((await acquire()).body.code).toBe('LOCK_HELD');
    await node.post('/v1/locks/busy/release', { owner: 'one', token });
    const granted = await acquire();
    expect(granted.status).toBe(200);
    expect(granted.headers['idempotency-replayed']).toBeUndefined();
    expectReplay(await acquire(), granted);
  });

  it('does not remember a request that was not valid', async () => {
    const send = (body: object) => node.post('/v1/locks/fixed/acquire', body, withKey('k-9'));
    expectInvalid(await send({ owner: '' }), {
      field: 'owner',
      message: 'must be a string of 1 to 128 characters',
    });
    expect((await send({ owner: 'one' })).status).toBe(200);
  });

  it('takes effect once when its requests come together', async () => {
    const answers = await Promise.all(
      Array.from({ length: 8 }, () =>
        node.post('/v1/locks/race/acquire', { owner: 'one' }, withKey('k-10')),
      ),
    );
    const [first] = answers;
    for (const { status, body } of answers) expect([status, body]).toEqual([200, first?.body]);
    const firsts = answers.filter((answer) => !('idempotency-replayed' in answer.headers));
    expect(firsts).toHaveLength(1);
    expect((await node.get('/v1/locks/race')).body.holders).toMatchObject([{ holds: 1 }]);
  });

  it('may be 128 visible ASCII characters, and any of them', async () => {
    const visible = String.fromCharCode(...Array.from({ length: 94 }, (_, i) => i + 33));
    for (const key of ['k'.repeat(128), visible]) {
      const acquire = () =>
        node.post(`/v1/locks/key${key.length}/acquire`, { owner: 'one' }, withKey(key));
      const first = await acquire();
      expectReplay(await acquire(), first);
    }
  });

  it('means nothing to a GET', async () => {
    const answer = await node.get('/v1/locks', withKey('k-1'));
    expect(answer.status).toBe(200);
    expect(answer.headers['idempotency-replayed']).toBeUndefined();
  });
});
