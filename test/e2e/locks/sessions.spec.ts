import { eventually } from '../../support/eventually.js';
import { JsonClient } from '../../support/json-client.js';
import { READY_DEADLINE_MS } from '../../support/limits.js';
import { granted, LockClient } from '../../support/lock-client.js';
import { expectInvalid, expectProblem } from '../expect-problem.js';
import { RealNode } from '../real-node.js';

let node: RealNode;
let locks: LockClient;

beforeAll(async () => {
  node = await RealNode.start();
  locks = new LockClient(new JsonClient(node.url));
});
afterAll(async () => {
  await locks.http.close();
  await node.stop();
});

const anInstant = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]{12}Z$/) as string;
const anId = expect.stringMatching(/^[0-9a-f]{32}$/) as string;

const create = (body: object, headers = {}) => locks.http.post('/v1/sessions', body, headers);
const keepAlive = (id: string) => locks.http.post(`/v1/sessions/${id}/keepalive`);
const look = (id: string) => locks.http.get(`/v1/sessions/${id}`);

interface Lease {
  readonly sessionId: string;
  readonly expiresAt: string;
}

const missing = (id: string) => ({
  detail: `there is no session ${id}: it was deleted, its lease has ended, or it never was`,
});

describe('A session', () => {
  it('is made, seen, kept alive and deleted', async () => {
    const created = await create({ ttlMs: 60_000, lockDelayMs: 5_000, name: 'worker 7' });
    expect([created.status, created.body]).toEqual([
      201,
      { sessionId: anId, ttlMs: 60_000, expiresAt: anInstant },
    ]);
    const { sessionId, expiresAt } = created.body as Lease;
    await locks.take('seen', 'one', { sessionId });
    const seen = await look(sessionId);
    expect([seen.status, seen.body]).toEqual([
      200,
      {
        sessionId,
        name: 'worker 7',
        ttlMs: 60_000,
        lockDelayMs: 5_000,
        expiresAt: anInstant,
        locks: 1,
      },
    ]);
    const kept = await keepAlive(sessionId);
    expect([kept.status, kept.body]).toEqual([
      200,
      { sessionId, ttlMs: 60_000, expiresAt: anInstant },
    ]);
    const later = (kept.body as Lease).expiresAt;
    expect(Date.parse(later)).toBeGreaterThan(Date.parse(expiresAt));

    const ended = await locks.endSession(sessionId);
    expect([ended.status, ended.body]).toEqual([204, undefined]);
    for (const answer of [
      await look(sessionId),
      await keepAlive(sessionId),
      await locks.endSession(sessionId),
      await locks.acquire('seen', { sessionId }),
    ]) {
      expectProblem(answer, 'SESSION_NOT_FOUND', missing(sessionId));
    }
  });

  it('has defaults, and takes no body', async () => {
    const { body } = await create({});
    expect(body).toMatchObject({ ttlMs: 15_000 });
    const { sessionId } = body as Lease;
    expect((await look(sessionId)).body).toMatchObject({ name: null, lockDelayMs: 0, locks: 0 });
    expect((await locks.http.post('/v1/sessions')).status).toBe(201);
  });

  it('is its own owner, and its lease is that of its locks', async () => {
    const sessionId = await locks.session({ ttlMs: 600_000 });
    const grant = await locks.acquire('owned', { sessionId, ttlMs: 100 });
    expect(grant.body).toMatchObject({ owner: sessionId, ttlMs: 600_000 });
    const { token } = granted(grant);
    const renewed = await locks.renew('owned', { owner: sessionId, token });
    expect(renewed.body).toMatchObject({ owner: sessionId, token, ttlMs: 600_000 });
    expect((await locks.get('owned')).body).toMatchObject({
      holders: [{ owner: sessionId, sessionId }],
    });
    // With a session and without one, an owner is two holders.
    const other = await locks.acquire('owned', { owner: sessionId });
    expect(other.body).toMatchObject({ code: 'LOCK_HELD', holders: [{ sessionId }] });
  });

  it('passes all its locks on when it is deleted, and leaves its queues', async () => {
    const sessionId = await locks.session({ lockDelayMs: 60_000 });
    const names = ['d1', 'd2', 'd3'];
    for (const name of names) await locks.take(name, 'one', { sessionId });
    await locks.take('d4', 'other');
    const own = await locks.wait('d4', 'one', { sessionId });
    const waiters = [];
    for (const name of names) waiters.push(await locks.wait(name, 'next'));
    expect((await locks.endSession(sessionId)).status).toBe(204);
    for (const waiter of waiters) expect(granted(await waiter.answer).owner).toBe('next');
    expectProblem(await own.answer, 'SESSION_NOT_FOUND', missing(sessionId));
    expect(await locks.queue('d4')).toEqual([]);
  });

  it('that lapses takes its locks and its waiters along', async () => {
    const sessionId = await locks.session({ ttlMs: 2_000 });
    const held = await locks.take('lapse', 'one', { sessionId });
    await locks.take('elsewhere', 'other');
    const waiting = await locks.wait('elsewhere', 'one', { sessionId });
    const next = await locks.wait('lapse', 'two');
    expectProblem(await waiting.answer, 'SESSION_NOT_FOUND', missing(sessionId));
    expect(granted(await next.answer).token).toBeGreaterThan(held.token);
    expect((await locks.release('lapse', held)).body).toMatchObject({ code: 'NOT_HOLDER' });
    expectProblem(await keepAlive(sessionId), 'SESSION_NOT_FOUND', missing(sessionId));
  });

  it('that lapses delays the next grant, as it says', async () => {
    const sessionId = await locks.session({ ttlMs: 1_000, lockDelayMs: 2_000 });
    await locks.take('delayed', 'one', { sessionId });
    await eventually('the session lapses', READY_DEADLINE_MS, async () =>
      (await look(sessionId)).status === 404 ? true : undefined,
    );
    const goneMs = performance.now();
    const refused = await locks.acquire('delayed', { owner: 'two' });
    expectProblem(refused, 'LOCK_HELD', {
      detail: 'the lock delayed rests because its holder failed',
      name: 'delayed',
      holders: [],
      queueLength: 0,
    });
    expect(granted(await locks.acquire('delayed', { owner: 'two', waitMs: 20_000 })).owner).toBe(
      'two',
    );
    // It was gone for at most one look when the lock began to rest.
    expect(performance.now() - goneMs).toBeGreaterThan(1_000);
  });

  it('is kept by keep-alives beyond its length', async () => {
    const sessionId = await locks.session({ ttlMs: 1_000 });
    await locks.take('kept', 'one', { sessionId });
    const untilMs = performance.now() + 2_000;
    await eventually('two lengths have passed', READY_DEADLINE_MS, async () => {
      expect((await keepAlive(sessionId)).status).toBe(200);
      return performance.now() > untilMs ? true : undefined;
    });
    expect(await locks.holders('kept')).toEqual(['one']);
  });
});

describe('A session by an Idempotency-Key', () => {
  it('is made once', async () => {
    const headers = { 'idempotency-key': 'session-1' };
    const first = await create({ ttlMs: 60_000 }, headers);
    const again = await create({ ttlMs: 60_000 }, headers);
    expect([again.status, again.body]).toEqual([201, first.body]);
    expect(again.headers['idempotency-replayed']).toBe('true');
    expectProblem(await create({ ttlMs: 60_001 }, headers), 'IDEMPOTENCY_KEY_REUSED', {
      detail: expect.any(String) as string,
    });
  });

  it('is deleted once, and the answer is repeated', async () => {
    const sessionId = await locks.session();
    const end = () =>
      locks.http.send('DELETE', `/v1/sessions/${sessionId}`, undefined, {
        'idempotency-key': 'end-1',
      });
    expect((await end()).status).toBe(204);
    const again = await end();
    expect([again.status, again.headers['idempotency-replayed']]).toEqual([204, 'true']);
  });
});

describe('GET /v1/sessions', () => {
  it('lists all by their ids, in pages', async () => {
    for (let count = 0; count < 3; count += 1) await locks.session();
    const all = await locks.http.get('/v1/sessions?limit=1000');
    const { sessions, nextCursor } = all.body as {
      sessions: readonly { sessionId: string }[];
      nextCursor: string | null;
    };
    const ids = sessions.map(({ sessionId }) => sessionId);
    expect([all.status, nextCursor]).toEqual([200, null]);
    expect(ids.length).toBeGreaterThanOrEqual(3);
    expect(ids).toEqual(ids.toSorted());
    const paged: string[] = [];
    let cursor: string | null = null;
    do {
      const more: string = cursor === null ? '' : `&cursor=${cursor}`;
      const { body } = await locks.http.get(`/v1/sessions?limit=2${more}`);
      const page = body as { sessions: readonly { sessionId: string }[]; nextCursor: string };
      paged.push(...page.sessions.map(({ sessionId }) => sessionId));
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(paged).toEqual(ids);
  });

  it.each([
    ['limit=0', 'limit', 'must be an integer from 1 to 1000'],
    ['cursor=%25', 'cursor', 'must be the nextCursor of an earlier answer'],
    ['consistency=weak', 'consistency', 'must be one of linearizable, stale'],
    ['prefix=a', 'prefix', 'is not a parameter of this route'],
  ])('refuses ?%s', async (query, field, message) => {
    expectInvalid(await locks.http.get(`/v1/sessions?${query}`), { field, message });
  });
});

describe('What is no session is refused', () => {
  const TTL = 'must be an integer from 1000 to 3600000';
  const DELAY = 'must be an integer from 0 to 60000';
  const NAME = 'must be a string of 1 to 128 characters';

  it.each<readonly [string, unknown, string]>([
    ...[999, 3_600_001, 1_500.5, '15000', null, [], {}].map(
      (value) => ['ttlMs', value, TTL] as const,
    ),
    ...[-1, 60_001, '0', null].map((value) => ['lockDelayMs', value, DELAY] as const),
    ...['', 'n'.repeat(129), 7, null].map((value) => ['name', value, NAME] as const),
    ['sessionId', 'mine', 'is not a known field'],
    ['owner', 'one', 'is not a known field'],
  ])('%s %j', async (field, value, message) => {
    expectInvalid(await create({ [field]: value }), { field, message });
  });

  it('a keep-alive takes no fields', async () => {
    const sessionId = await locks.session();
    const answer = await locks.http.post(`/v1/sessions/${sessionId}/keepalive`, { ttlMs: 5_000 });
    expectInvalid(answer, { field: 'ttlMs', message: 'is not a known field' });
  });

  it.each(['never', 's'.repeat(128), '😀', 'x%2Fy'])('an id like %s', async (id) => {
    for (const answer of [await look(id), await keepAlive(id), await locks.endSession(id)]) {
      expectProblem(answer, 'SESSION_NOT_FOUND', missing(decodeURIComponent(id)));
    }
  });

  it('an id that no session can have', async () => {
    expectProblem(await look('s'.repeat(129)), 'SESSION_NOT_FOUND', missing('of that name'));
  });

  it('an acquire by one that never was', async () => {
    for (const waitMs of [0, 20_000]) {
      const answer = await locks.acquire('free', { owner: 'one', sessionId: 'never', waitMs });
      expectProblem(answer, 'SESSION_NOT_FOUND', missing('never'));
    }
  });
});
