import type { IdempotentRequest } from '@sinkron/http';
import { ProblemError } from '@sinkron/http';
import type { LockView } from '../core/commands/lock-view.js';
import type { LocksService } from '../locks.service.js';
import { problem, wrongField } from '../testing/answers.js';
import { LocksHttp } from '../testing/locks-http.js';
import type { AcquireOutcome } from '../waiting/acquire-request.js';

const NEW_YEAR_MS = Date.UTC(2026, 0, 1);

const grant = {
  name: 'a',
  mode: 'exclusive' as const,
  token: 7,
  holds: 1,
  ttlMs: 30_000,
  expiresAtMs: NEW_YEAR_MS + 30_000,
};

const answered = {
  name: 'a',
  owner: 'one',
  mode: 'exclusive',
  token: 7,
  holds: 1,
  ttlMs: 30_000,
  expiresAt: '2026-01-01T00:00:30.000Z',
  waitedMs: 0,
};

const locks = {
  acquire: jest.fn<ReturnType<LocksService['acquire']>, Parameters<LocksService['acquire']>>(),
  release: jest.fn<ReturnType<LocksService['release']>, Parameters<LocksService['release']>>(),
  renew: jest.fn<ReturnType<LocksService['renew']>, Parameters<LocksService['renew']>>(),
  break: jest.fn<ReturnType<LocksService['break']>, Parameters<LocksService['break']>>(),
  get: jest.fn<ReturnType<LocksService['get']>, Parameters<LocksService['get']>>(),
  list: jest.fn<ReturnType<LocksService['list']>, Parameters<LocksService['list']>>(),
};
let http: LocksHttp;

beforeAll(async () => {
  http = await LocksHttp.start({ locks });
});
afterAll(() => http.stop());
beforeEach(() => {
  jest.resetAllMocks();
  jest.spyOn(Date, 'now').mockReturnValue(NEW_YEAR_MS + 1_000);
});
afterEach(() => jest.restoreAllMocks());

function outcome(result: AcquireOutcome, replayed = false): void {
  locks.acquire.mockResolvedValue({ result, replayed });
}

const acquire = (body: object, headers = {}) => http.post('/locks/a/acquire', body, headers);

describe('POST /v1/locks/{name}/acquire', () => {
  it('answers a grant with 200 and exactly the fields of the contract', async () => {
    outcome({ status: 'granted', locks: [{ ...grant, name: 'orders/42' }], waitedMs: 12 });
    const answer = await http.post('/locks/orders%2F42/acquire', { owner: 'one' });
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ ...answered, name: 'orders/42', waitedMs: 12 });
    expect(answer.headers['idempotency-replayed']).toBeUndefined();
  });

  it('asks with the defaults of the contract', async () => {
    outcome({ status: 'granted', locks: [grant], waitedMs: 0 });
    await acquire({ owner: 'one' });
    expect(locks.acquire.mock.calls[0]?.[0]).toEqual({
      sessionId: null,
      owner: 'one',
      locks: [{ name: 'a', mode: 'exclusive' }],
      ttlMs: 30_000,
      lockDelayMs: 0,
      metadata: null,
      waitMs: 0,
    });
  });

  it('asks for what the body says', async () => {
    outcome({ status: 'granted', locks: [grant], waitedMs: 0 });
    await acquire({
      owner: 'one',
      sessionId: 's1',
      mode: 'shared',
      ttlMs: 100,
      waitMs: 300_000,
      lockDelayMs: 60_000,
      metadata: { pid: 7 },
    });
    expect(locks.acquire.mock.calls[0]?.[0]).toEqual({
      sessionId: 's1',
      owner: 'one',
      locks: [{ name: 'a', mode: 'shared' }],
      ttlMs: 100,
      lockDelayMs: 60_000,
      metadata: '{"pid":7}',
      waitMs: 300_000,
    });
  });

  it('takes the sessionId as the owner when there is none', async () => {
    outcome({ status: 'granted', locks: [grant], waitedMs: 0 });
    const { body } = await acquire({ sessionId: 's1' });
    expect(body).toEqual({ ...answered, owner: 's1' });
    expect(locks.acquire.mock.calls[0]?.[0]).toMatchObject({ sessionId: 's1', owner: 's1' });
  });

  it('passes on the deadline without the wait, the key and the connection', async () => {
    outcome({ status: 'granted', locks: [grant], waitedMs: 0 });
    const beforeMs = performance.now();
    const headers = { 'x-timeout-ms': '200', 'idempotency-key': 'k1' };
    await acquire({ owner: 'one', waitMs: 300_000 }, headers);
    const call = locks.acquire.mock.calls[0]?.[1];
    expect(call?.deadlineMs).toBeGreaterThanOrEqual(beforeMs + 200);
    expect(call?.deadlineMs).toBeLessThan(performance.now() + 200);
    expect(call?.idempotency).toMatchObject<Partial<IdempotentRequest>>({
      key: 'k1',
      method: 'POST',
      path: '/v1/locks/a/acquire',
    });
    expect(call?.client.gone.aborted).toBe(false);
  });

  it('tells that a grant was given before, and that a refusal was', async () => {
    outcome({ status: 'granted', locks: [grant], waitedMs: 0 }, true);
    expect((await acquire({ owner: 'one' })).headers['idempotency-replayed']).toBe('true');
    outcome({ status: 'session-not-found' }, true);
    const refused = await acquire({ sessionId: 's1' });
    expect(refused).toMatchObject(problem(404, 'SESSION_NOT_FOUND'));
    expect(refused.headers['idempotency-replayed']).toBe('true');
  });

  const obstacle = { owner: 'two', token: 3, holds: 2, sessionId: null };
  const held = { status: 'held', name: 'a', queueLength: 0, delayed: false } as const;
  const holder = { ...obstacle, mode: 'exclusive' as const };
  it.each<readonly [AcquireOutcome, number, string, object]>([
    [
      { ...held, holders: [holder] },
      409,
      'LOCK_HELD',
      { detail: 'the lock a is held by two', name: 'a', holders: [obstacle], queueLength: 0 },
    ],
    [
      { ...held, holders: [holder, holder, holder, holder], queueLength: 3 },
      409,
      'LOCK_HELD',
      {
        detail: 'the lock a is held by two, two, two and 1 more, and 3 wait for it',
        holders: [obstacle, obstacle, obstacle, obstacle],
        queueLength: 3,
      },
    ],
    [
      { ...held, holders: [], delayed: true },
      409,
      'LOCK_HELD',
      { detail: 'the lock a rests because its holder failed', holders: [], queueLength: 0 },
    ],
    [
      { status: 'wait-timeout', waitedMs: 501 },
      409,
      'LOCK_WAIT_TIMEOUT',
      { detail: 'the lock a could not be had within 501 ms', waitedMs: 501 },
    ],
    [
      {
        status: 'deadlock',
        cycle: [
          { owner: 'one', waitsFor: 'two', lock: 'a' },
          { owner: 'two', waitsFor: 'one', lock: 'b' },
        ],
      },
      409,
      'DEADLOCK',
      {
        detail:
          'nobody in the cycle would ever be granted: one waits at a for two, who waits at b for one; release what one holds and begin anew',
        cycle: [
          { owner: 'one', waitsFor: 'two', lock: 'a' },
          { owner: 'two', waitsFor: 'one', lock: 'b' },
        ],
      },
    ],
    [{ status: 'not-holder' }, 409, 'NOT_HOLDER', {}],
    [{ status: 'session-not-found' }, 404, 'SESSION_NOT_FOUND', {}],
    [{ status: 'key-reused' }, 422, 'IDEMPOTENCY_KEY_REUSED', {}],
    [{ status: 'full', what: 'locks' }, 503, 'OVERLOADED', {}],
    [{ status: 'full', what: 'waiters' }, 503, 'OVERLOADED', {}],
    [{ status: 'full', what: 'queue' }, 503, 'OVERLOADED', {}],
  ])('refuses %j', async (result, status, code, members) => {
    outcome(result);
    const answer = await acquire({ owner: 'one' });
    expect(answer).toMatchObject(problem(status, code, members));
    expect(answer.headers['content-type']).toBe('application/problem+json');
    expect(answer.headers['retry-after']).toBe(status === 503 ? '1' : undefined);
  });

  it.each([
    ['NO_LEADER', 503],
    ['NO_QUORUM', 503],
    ['SHUTTING_DOWN', 503],
    ['OUTCOME_UNKNOWN', 504],
    ['STORAGE_FULL', 507],
  ] as const)('passes %s on', async (code, status) => {
    locks.acquire.mockRejectedValue(new ProblemError(code, 'as the router says'));
    expect(await acquire({ owner: 'one' })).toMatchObject(problem(status, code));
  });

  const owner = 'must be a string of 1 to 128 characters';
  it.each([
    ['mode', 'both', 'must be one of the following values: exclusive, shared'],
    ['mode', null, 'must be one of the following values: exclusive, shared'],
    ['ttlMs', 99, 'must be an integer from 100 to 86400000'],
    ['ttlMs', 86_400_001, 'must be an integer from 100 to 86400000'],
    ['ttlMs', '500', 'must be an integer from 100 to 86400000'],
    ['ttlMs', null, 'must be an integer from 100 to 86400000'],
    ['ttlMs', 100.5, 'must be an integer from 100 to 86400000'],
    ['waitMs', -1, 'must be an integer from 0 to 300000'],
    ['waitMs', 300_001, 'must be an integer from 0 to 300000'],
    ['lockDelayMs', -1, 'must be an integer from 0 to 60000'],
    ['lockDelayMs', 60_001, 'must be an integer from 0 to 60000'],
    ['sessionId', '', owner],
    ['sessionId', null, owner],
    ['sessionId', 's'.repeat(129), owner],
    ['owner', '', owner],
    ['owner', 7, owner],
    ['owner', null, owner],
    ['owner', 'o'.repeat(129), owner],
    ['owner', `o${'\ufe0f'.repeat(128)}`, owner],
    ['owner', '\ud800', owner],
    ['metadata', [], 'must be an object of at most 1024 bytes as JSON'],
    ['metadata', null, 'must be an object of at most 1024 bytes as JSON'],
    ['metadata', 'text', 'must be an object of at most 1024 bytes as JSON'],
    ['metadata', { a: 'é'.repeat(510) }, 'must be an object of at most 1024 bytes as JSON'],
    ['color', 'red', 'is not a known field'],
  ])('refuses %s %j', async (field, value, message) => {
    const answer = await acquire({ owner: 'one', [field]: value });
    expect(answer).toMatchObject(wrongField(field, message));
    expect(locks.acquire).not.toHaveBeenCalled();
  });

  it('refuses a body with neither an owner nor a session', async () => {
    expect(await acquire({})).toMatchObject(wrongField('owner', owner));
  });

  it('refuses a wrong owner beside a session', async () => {
    expect(await acquire({ owner: '', sessionId: 's1' })).toMatchObject(wrongField('owner', owner));
  });

  it('takes 128 characters of any plane and 1,024 bytes of metadata', async () => {
    outcome({ status: 'granted', locks: [grant], waitedMs: 0 });
    const metadata = { a: 'é'.repeat(508) };
    expect(await acquire({ owner: '😀'.repeat(128), metadata })).toMatchObject({ status: 200 });
  });

  it.each(['n'.repeat(257), 'a%00b'])('refuses the name %s', async (name) => {
    const answer = await http.post(`/locks/${name}/acquire`, { owner: 'one' });
    expect(answer).toMatchObject(problem(400, 'VALIDATION_FAILED'));
    expect(locks.acquire).not.toHaveBeenCalled();
  });

  it.each(['', 'k'.repeat(129), 'k 1', 'k\u00e9'])(
    'refuses the Idempotency-Key %j',
    async (key) => {
      const answer = await acquire({ owner: 'one' }, { 'idempotency-key': key });
      expect(answer).toMatchObject(
        wrongField('Idempotency-Key', 'must be 1 to 128 visible ASCII characters'),
      );
    },
  );
});

describe('POST /v1/locks/{name}/release', () => {
  it.each([
    [0, true],
    [1, false],
  ])('answers what is left: %d holds', async (holds, released) => {
    locks.release.mockResolvedValue({
      result: { status: 'released', locks: [{ name: 'a', holds }] },
      replayed: false,
    });
    const answer = await http.post('/locks/a/release', { owner: 'one', token: 7 });
    expect(answer).toMatchObject({ status: 200, body: { name: 'a', released, holds } });
    expect(locks.release.mock.calls[0]?.[0]).toEqual({
      owner: 'one',
      locks: [{ name: 'a', token: 7 }],
    });
  });

  it('repeats a remembered refusal with the header, too', async () => {
    const result = { status: 'not-holder', name: 'a', token: 7 } as const;
    locks.release.mockResolvedValue({ result, replayed: true });
    const answer = await http.post('/locks/a/release', { owner: 'one', token: 7 });
    expect(answer).toMatchObject(
      problem(409, 'NOT_HOLDER', {
        detail:
          'one does not hold the lock a with token 7: it was released, broken, or its lease has ended',
      }),
    );
    expect(answer.headers['idempotency-replayed']).toBe('true');
  });

  it.each([[0], [1.5], ['1'], [null], [2 ** 53]])('refuses token %j', async (token) => {
    expect(await http.post('/locks/a/release', { owner: 'one', token })).toMatchObject(
      wrongField('token', 'must be an integer from 1 to 9007199254740991'),
    );
  });
});

describe('POST /v1/locks/{name}/renew', () => {
  it('answers like acquire', async () => {
    const result = { status: 'renewed', locks: [grant] } as const;
    locks.renew.mockResolvedValue({ result, replayed: false });
    const answer = await http.post('/locks/a/renew', { owner: 'one', token: 7 });
    expect(answer).toMatchObject({ status: 200, body: answered });
    await http.post('/locks/a/renew', { owner: 'one', token: 7, ttlMs: 500 });
    expect(locks.renew.mock.calls.map(([request]) => request)).toEqual([
      { owner: 'one', locks: [{ name: 'a', token: 7 }], ttlMs: null },
      { owner: 'one', locks: [{ name: 'a', token: 7 }], ttlMs: 500 },
    ]);
  });

  it('is refused once the lease has ended', async () => {
    const result = { status: 'not-holder', name: 'a', token: 7 } as const;
    locks.renew.mockResolvedValue({ result, replayed: false });
    expect(await http.post('/locks/a/renew', { owner: 'one', token: 7 })).toMatchObject(
      problem(409, 'NOT_HOLDER'),
    );
  });
});

describe('DELETE /v1/locks/{name}', () => {
  it('answers 204 without a body', async () => {
    locks.break.mockResolvedValue({ result: { status: 'broken' }, replayed: true });
    const answer = await http.delete('/locks/orders%2F42', { 'idempotency-key': 'k1' });
    expect(answer).toMatchObject({ status: 204, body: undefined });
    expect(answer.headers['idempotency-replayed']).toBe('true');
    expect(locks.break.mock.calls[0]?.[0]).toBe('orders/42');
    expect(locks.break.mock.calls[0]?.[1].idempotency).toMatchObject({
      key: 'k1',
      method: 'DELETE',
    });
  });

  it('answers 404 when the lock is free', async () => {
    locks.break.mockResolvedValue({ result: { status: 'free' }, replayed: false });
    expect(await http.delete('/locks/a')).toMatchObject(problem(404, 'LOCK_NOT_FOUND'));
  });
});

describe('GET /v1/locks', () => {
  const hold = { owner: 'one', token: 7, holds: 1, sessionId: null };
  const view: LockView = {
    name: 'a',
    mode: 'exclusive',
    holders: [{ ...hold, ttlMs: 30_000, expiresAtMs: NEW_YEAR_MS + 30_000, metadata: '{"p":7}' }],
    holderCount: 1,
    queue: [
      { owner: 'two', mode: 'shared', sinceMs: NEW_YEAR_MS + 880 },
      { owner: 'two', mode: 'exclusive', sinceMs: NEW_YEAR_MS + 2_000 },
    ],
    queueLength: 2,
    delayed: false,
  };

  it('shows who holds a lock and who waits', async () => {
    locks.get.mockResolvedValue(view);
    const { status, body } = await http.get('/locks/a');
    expect(status).toBe(200);
    expect(body).toEqual({
      name: 'a',
      mode: 'exclusive',
      holders: [{ ...hold, expiresAt: '2026-01-01T00:00:30.000Z', metadata: { p: 7 } }],
      queue: [
        { owner: 'two', mode: 'shared', waitingMs: 120 },
        // The clock of the cluster is ahead of this node's.
        { owner: 'two', mode: 'exclusive', waitingMs: 0 },
      ],
    });
  });

  it('says how many there are when it does not show all, and leaves out what there is not', async () => {
    const holders = view.holders.map((holder) => ({ ...holder, metadata: null }));
    locks.get.mockResolvedValue({ ...view, holders, queue: [], holderCount: 5, queueLength: 3 });
    expect((await http.get('/locks/a')).body).toEqual({
      name: 'a',
      mode: 'exclusive',
      holders: [{ ...hold, expiresAt: '2026-01-01T00:00:30.000Z' }],
      holderCount: 5,
      queue: [],
      queueLength: 3,
    });
  });

  it('answers 404 when it is free and nobody waits', async () => {
    locks.get.mockResolvedValue(null);
    expect(await http.get('/locks/a')).toMatchObject(problem(404, 'LOCK_NOT_FOUND'));
  });

  it('pages by prefix', async () => {
    locks.list.mockResolvedValue({ locks: [view], next: 'a/ü' });
    const first = await http.get('/locks?prefix=a%2F&limit=2');
    const { nextCursor } = first.body as { nextCursor: string };
    expect(first.body).toMatchObject({ locks: [{ name: 'a' }] });
    locks.list.mockResolvedValue({ locks: [], next: null });
    const last = await http.get(`/locks?cursor=${nextCursor}&consistency=stale`);
    expect(last.body).toEqual({ locks: [], nextCursor: null });
    expect(
      locks.list.mock.calls.map(([page, { consistency }]) => ({ ...page, consistency })),
    ).toEqual([
      { prefix: 'a/', after: null, limit: 2, consistency: 'linearizable' },
      { prefix: '', after: 'a/ü', limit: 100, consistency: 'stale' },
    ]);
  });

  it.each(['?limit=0', '?limit=1001', '?cursor=%25', '?consistency=eventual', '/a?consistency=x'])(
    'refuses %s',
    async (path) => {
      expect(await http.get(`/locks${path}`)).toMatchObject(problem(400, 'VALIDATION_FAILED'));
    },
  );
});
