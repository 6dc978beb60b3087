import { ProblemError, type IdempotentRequest } from '@sinkron/http';
import { problem, wrongField } from '../testing/answers.js';
import { LocksHttp } from '../testing/locks-http.js';
import { ANSWERED, GRANT, locksStub } from '../testing/locks-stub.js';
import type { AcquireOutcome } from '../waiting/acquire-request.js';

const locks = locksStub();
let http: LocksHttp;

beforeAll(async () => {
  http = await LocksHttp.start({ locks });
});
afterAll(() => http.stop());
beforeEach(() => jest.resetAllMocks());

function outcome(result: AcquireOutcome, replayed = false): void {
  locks.acquire.mockResolvedValue({ result, replayed });
}

const acquire = (body: object, headers = {}) => http.post('/locks/a/acquire', body, headers);

describe('POST /v1/locks/{name}/acquire', () => {
  it('answers a grant with 200 and exactly the fields of the contract', async () => {
    outcome({ status: 'granted', locks: [{ ...GRANT, name: 'orders/42' }], waitedMs: 12 });
    const answer = await http.post('/locks/orders%2F42/acquire', { owner: 'one' });
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ ...ANSWERED, name: 'orders/42', waitedMs: 12 });
    expect(answer.headers['idempotency-replayed']).toBeUndefined();
  });

  it('asks with the defaults of the contract', async () => {
    outcome({ status: 'granted', locks: [GRANT], waitedMs: 0 });
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
    outcome({ status: 'granted', locks: [GRANT], waitedMs: 0 });
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
    outcome({ status: 'granted', locks: [GRANT], waitedMs: 0 });
    const { body } = await acquire({ sessionId: 's1' });
    expect(body).toEqual({ ...ANSWERED, owner: 's1' });
    expect(locks.acquire.mock.calls[0]?.[0]).toMatchObject({ sessionId: 's1', owner: 's1' });
  });

  it('passes on the deadline without the wait, the key and the connection', async () => {
    outcome({ status: 'granted', locks: [GRANT], waitedMs: 0 });
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
    outcome({ status: 'granted', locks: [GRANT], waitedMs: 0 }, true);
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
    outcome({ status: 'granted', locks: [GRANT], waitedMs: 0 });
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
