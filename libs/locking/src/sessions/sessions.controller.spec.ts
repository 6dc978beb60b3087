import { ProblemError } from '@sinkron/http';
import { problem, wrongField } from '../testing/answers.js';
import { LocksHttp } from '../testing/locks-http.js';
import { ScriptedRouter } from '../testing/scripted-router.js';

const expiresAtMs = Date.UTC(2026, 0, 1);
const lease = { ttlMs: 15_000, expiresAtMs };
const answeredLease = { ttlMs: 15_000, expiresAt: '2026-01-01T00:00:00.000Z' };

let router: ScriptedRouter;
let http: LocksHttp;

beforeEach(async () => {
  router = new ScriptedRouter();
  http = await LocksHttp.start({ router });
});
afterEach(() => http.stop());

const sessionIdOf = (body: unknown): string => (body as { sessionId: string }).sessionId;

describe('POST /v1/sessions', () => {
  it('makes a session with the defaults and an id of 128 bits', async () => {
    router.next({ status: 'created', ...lease });
    const answer = await http.post('/sessions', {});
    expect(answer.status).toBe(201);
    const sessionId = sessionIdOf(answer.body);
    expect(sessionId).toMatch(/^[0-9a-f]{32}$/);
    expect(answer.body).toEqual({ sessionId, ...answeredLease });
    expect(router.asked.map(({ call, body }) => [call, body])).toEqual([
      ['execute', { kind: 'create-session', sessionId, ttlMs: 15_000, lockDelayMs: 0, name: null }],
    ]);
  });

  it('makes another one each time', async () => {
    router.next({ status: 'created', ...lease }, { status: 'created', ...lease });
    const first = await http.post('/sessions', '');
    const second = await http.post('/sessions', '');
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(sessionIdOf(first.body)).not.toBe(sessionIdOf(second.body));
  });

  it('asks for what the body says', async () => {
    router.next({ status: 'created', ...lease });
    await http.post('/sessions', { ttlMs: 3_600_000, lockDelayMs: 60_000, name: 'invoices' });
    expect(router.asked[0]?.body).toMatchObject({
      ttlMs: 3_600_000,
      lockDelayMs: 60_000,
      name: 'invoices',
    });
  });

  it('repeats the same id to the same Idempotency-Key, as any node would', async () => {
    const key = { 'idempotency-key': 'k1' };
    router.next({ status: 'created', ...lease }, { status: 'created', ...lease });
    const first = await http.post('/sessions', { ttlMs: 15_000 }, key);
    router.replayed = true;
    const second = await http.post('/sessions', { ttlMs: 15_000 }, key);
    expect(second.body).toEqual(first.body);
    expect(first.headers['idempotency-replayed']).toBeUndefined();
    expect(second.headers['idempotency-replayed']).toBe('true');
  });

  it('makes another session when a forgotten key is used again while the first lives', async () => {
    router.next({ status: 'exists' }, { status: 'created', ...lease });
    const answer = await http.post('/sessions', {}, { 'idempotency-key': 'k1' });
    expect(answer.status).toBe(201);
    const ids = router.asked.map(({ body }) => sessionIdOf(body));
    expect(ids[1]).toBe(sessionIdOf(answer.body));
    expect(ids[0]).not.toBe(ids[1]);
  });

  it('is refused when there are too many', async () => {
    router.next({ status: 'full' });
    const answer = await http.post('/sessions', {});
    expect(answer).toMatchObject(
      problem(503, 'OVERLOADED', { detail: 'there are 100000 sessions, no other can be' }),
    );
    expect(answer.headers['retry-after']).toBe('1');
  });

  const name = 'must be a string of 1 to 128 characters';
  it.each([
    ['ttlMs', 999, 'must be an integer from 1000 to 3600000'],
    ['ttlMs', 3_600_001, 'must be an integer from 1000 to 3600000'],
    ['ttlMs', null, 'must be an integer from 1000 to 3600000'],
    ['lockDelayMs', -1, 'must be an integer from 0 to 60000'],
    ['lockDelayMs', 60_001, 'must be an integer from 0 to 60000'],
    ['name', '', name],
    ['name', 'n'.repeat(129), name],
    ['name', null, name],
    ['sessionId', 's1', 'is not a known field'],
  ])('refuses %s %j', async (field, value, message) => {
    expect(await http.post('/sessions', { [field]: value })).toMatchObject(
      wrongField(field, message),
    );
    expect(router.asked).toEqual([]);
  });
});

describe('POST /v1/sessions/{id}/keepalive', () => {
  it('asks the memory of the leader', async () => {
    router.next({ status: 'alive', ...lease });
    const answer = await http.post('/sessions/s1/keepalive', {});
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ sessionId: 's1', ...answeredLease });
    expect(router.asked.map(({ call, body }) => [call, body])).toEqual([
      ['leaderRequest', { kind: 'keepalive', sessionId: 's1' }],
    ]);
  });

  it('answers each of many, which go to the leader one by one still', async () => {
    const ids = Array.from({ length: 100 }, (_, number) => `s${number}`);
    router.next(...ids.map(() => ({ status: 'alive', ...lease })));
    const answers = await Promise.all(ids.map((id) => http.post(`/sessions/${id}/keepalive`, {})));
    expect(answers.map(({ body }) => body)).toEqual(
      ids.map((sessionId) => ({ sessionId, ...answeredLease })),
    );
    const asked = router.asked.map(({ body }) => sessionIdOf(body));
    expect(asked.sort()).toEqual([...ids].sort());
  });

  it('asks again while the expiry is being decided', async () => {
    router.next({ status: 'expiring' }, { status: 'expiring' }, { status: 'session-not-found' });
    expect(await http.post('/sessions/s1/keepalive', {})).toMatchObject(
      problem(404, 'SESSION_NOT_FOUND', {
        detail: 'there is no session s1: it was deleted, its lease has ended, or it never was',
      }),
    );
    expect(router.asked).toHaveLength(3);
  });

  it('is refused when the expiry is not decided in time', async () => {
    router.next(...Array<unknown>(100).fill({ status: 'expiring' }));
    const headers = { 'x-timeout-ms': '100' };
    expect(await http.post('/sessions/s1/keepalive', {}, headers)).toMatchObject(
      problem(503, 'NO_QUORUM'),
    );
  });

  it('takes no fields', async () => {
    expect(await http.post('/sessions/s1/keepalive', { ttlMs: 1_000 })).toMatchObject(
      wrongField('ttlMs', 'is not a known field'),
    );
  });

  it('says the same of an id that no session has', async () => {
    expect(await http.post(`/sessions/${'s'.repeat(129)}/keepalive`, {})).toMatchObject(
      problem(404, 'SESSION_NOT_FOUND'),
    );
    expect(router.asked).toEqual([]);
  });
});

describe('GET /v1/sessions', () => {
  const view = { sessionId: 's1', name: null, lockDelayMs: 5, locks: 3, ...lease };
  const answered = { sessionId: 's1', name: null, lockDelayMs: 5, locks: 3, ...answeredLease };

  it('shows one', async () => {
    router.next(view);
    const answer = await http.get('/sessions/s1?consistency=stale');
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual(answered);
    expect(router.asked[0]).toMatchObject({
      call: 'query',
      body: { kind: 'session', sessionId: 's1' },
      options: { consistency: 'stale' },
    });
  });

  it('answers 404 when there is none', async () => {
    router.next(null);
    expect(await http.get('/sessions/s2')).toMatchObject(problem(404, 'SESSION_NOT_FOUND'));
  });

  it('pages', async () => {
    router.next({ sessions: [view], next: 's1' }, { sessions: [], next: null });
    const first = await http.get('/sessions?limit=1');
    const { nextCursor } = first.body as { nextCursor: string };
    expect(first.body).toEqual({ sessions: [answered], nextCursor });
    expect((await http.get(`/sessions?cursor=${nextCursor}`)).body).toEqual({
      sessions: [],
      nextCursor: null,
    });
    expect(router.asked.map(({ body }) => body)).toEqual([
      { kind: 'sessions', after: null, limit: 1 },
      { kind: 'sessions', after: 's1', limit: 100 },
    ]);
  });

  it.each(['?limit=0', '?limit=1001', '?cursor=%25', '?prefix=a'])('refuses %s', async (query) => {
    expect(await http.get(`/sessions${query}`)).toMatchObject(problem(400, 'VALIDATION_FAILED'));
  });
});

describe('DELETE /v1/sessions/{id}', () => {
  it('answers 204, and 404 when it is no more', async () => {
    router.next({ status: 'ended' }, { status: 'session-not-found' });
    expect(await http.delete('/sessions/s1')).toMatchObject({ status: 204, body: undefined });
    expect(await http.delete('/sessions/s1')).toMatchObject(problem(404, 'SESSION_NOT_FOUND'));
    expect(router.asked[0]?.body).toEqual({ kind: 'end-session', sessionId: 's1' });
  });

  it('passes on that nobody knows, and what an Idempotency-Key repeats', async () => {
    router.next(new ProblemError('OUTCOME_UNKNOWN', 'who knows'), { status: 'ended' });
    expect(await http.delete('/sessions/s1')).toMatchObject(problem(504, 'OUTCOME_UNKNOWN'));
    router.replayed = true;
    const answer = await http.delete('/sessions/s1', { 'idempotency-key': 'k1' });
    expect(answer.headers['idempotency-replayed']).toBe('true');
    expect(router.asked[1]?.options).toMatchObject({ idempotency: { key: 'k1' } });
  });
});
