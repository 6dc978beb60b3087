import type { LockView } from '../core/commands/lock-view.js';
import { problem, wrongField } from '../testing/answers.js';
import { LocksHttp } from '../testing/locks-http.js';
import { ANSWERED, GRANT, locksStub, NEW_YEAR_MS } from '../testing/locks-stub.js';

const locks = locksStub();
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
    const result = { status: 'renewed', locks: [GRANT] } as const;
    locks.renew.mockResolvedValue({ result, replayed: false });
    const answer = await http.post('/locks/a/renew', { owner: 'one', token: 7 });
    expect(answer).toMatchObject({ status: 200, body: ANSWERED });
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

  it('says that a lock rests', async () => {
    const rest = { holders: [], holderCount: 0, queue: [], queueLength: 0, delayed: true };
    locks.get.mockResolvedValue({ ...view, ...rest });
    const mode = 'exclusive';
    const answer = { name: 'a', mode, holders: [], delayed: true, queue: [] };
    expect((await http.get('/locks/a')).body).toEqual(answer);
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
