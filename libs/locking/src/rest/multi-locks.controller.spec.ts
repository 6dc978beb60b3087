import { problem, wrongField } from '../testing/answers.js';
import { LocksHttp } from '../testing/locks-http.js';
import { locksStub } from '../testing/locks-stub.js';
import type { AcquireOutcome } from '../waiting/acquire-request.js';

const expiresAtMs = Date.UTC(2026, 0, 1);
const lease = { ttlMs: 30_000, expiresAtMs };
const grants = [
  { name: 'b', mode: 'exclusive' as const, token: 7, holds: 1, ...lease },
  { name: 'a', mode: 'shared' as const, token: 8, holds: 2, ...lease },
];
const answered = [
  { name: 'b', mode: 'exclusive', token: 7, holds: 1 },
  { name: 'a', mode: 'shared', token: 8, holds: 2 },
].map((lock) => ({ ...lock, owner: 'one', ttlMs: 30_000, expiresAt: '2026-01-01T00:00:00.000Z' }));

const locks = locksStub();
let http: LocksHttp;

beforeAll(async () => {
  http = await LocksHttp.start({ locks });
});
afterAll(() => http.stop());
beforeEach(() => jest.resetAllMocks());

const wanted = [{ name: 'b' }, { name: 'a', mode: 'shared' }];
const holds = [
  { name: 'b', token: 7 },
  { name: 'a', token: 8 },
];

describe('POST /v1/multi-locks/acquire', () => {
  function outcome(result: AcquireOutcome, replayed = false): void {
    locks.acquire.mockResolvedValue({ result, replayed });
  }

  it('answers each like an acquire, in the order of the request', async () => {
    outcome({ status: 'granted', locks: grants, waitedMs: 40 }, true);
    const answer = await http.post('/multi-locks/acquire', { owner: 'one', locks: wanted });
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ locks: answered.map((lock) => ({ ...lock, waitedMs: 40 })) });
    expect(answer.headers['idempotency-replayed']).toBe('true');
  });

  it('asks for all of them at once', async () => {
    outcome({ status: 'granted', locks: grants, waitedMs: 0 });
    const body = { sessionId: 's1', locks: wanted, ttlMs: 100, waitMs: 5, lockDelayMs: 1 };
    await http.post('/multi-locks/acquire', body, { 'x-timeout-ms': '100' });
    expect(locks.acquire.mock.calls.map(([request]) => request)).toEqual([
      {
        sessionId: 's1',
        owner: 's1',
        locks: [
          { name: 'b', mode: 'exclusive' },
          { name: 'a', mode: 'shared' },
        ],
        ttlMs: 100,
        lockDelayMs: 1,
        metadata: null,
        waitMs: 5,
      },
    ]);
  });

  it('names the lock that is held', async () => {
    outcome({ status: 'held', name: 'a', holders: [], queueLength: 1, delayed: false });
    expect(await http.post('/multi-locks/acquire', { owner: 'one', locks: wanted })).toMatchObject(
      problem(409, 'LOCK_HELD', {
        detail: 'the lock a is not free, and 1 wait for it',
        name: 'a',
        holders: [],
        queueLength: 1,
      }),
    );
  });

  it('names some of those that could not be had in time', async () => {
    outcome({ status: 'wait-timeout', waitedMs: 9 });
    const many = ['a', 'b', 'c', 'd', 'e'].map((name) => ({ name }));
    expect(await http.post('/multi-locks/acquire', { owner: 'one', locks: many })).toMatchObject(
      problem(409, 'LOCK_WAIT_TIMEOUT', {
        detail: 'the locks a, b, c and 2 more could not be had within 9 ms',
      }),
    );
  });

  it('takes 64 locks', async () => {
    outcome({ status: 'granted', locks: grants, waitedMs: 0 });
    const many = Array.from({ length: 64 }, (_, index) => ({ name: `n${index}` }));
    expect(await http.post('/multi-locks/acquire', { owner: 'one', locks: many })).toMatchObject({
      status: 200,
    });
  });

  const list = 'must be a list of 1 to 64 objects';
  const name = (bytes: number) => `must be 1 to 256 bytes of UTF-8, not ${bytes}`;
  it.each<readonly [string, unknown, string, string]>([
    ['no locks', [], 'locks', list],
    ['65 locks', Array.from({ length: 65 }, (_, index) => ({ name: `n${index}` })), 'locks', list],
    ['a list in the list', [[{ name: 'a' }]], 'locks', list],
    [
      'an unknown field',
      [{ name: 'a' }, { name: 'b', x: 1 }],
      'locks[1].x',
      'is not a known field',
    ],
    ['an empty name', [{ name: 'a' }, { name: '' }], 'locks[1].name', name(0)],
    ['a long name', [{ name: 'é'.repeat(129) }], 'locks[0].name', name(258)],
    ['no name', [{ mode: 'shared' }], 'locks[0].name', 'must be a string'],
    [
      'another mode',
      [{ name: 'a', mode: 'both' }],
      'locks[0].mode',
      'must be one of the following values: exclusive, shared',
    ],
    [
      'a name twice',
      [{ name: 'a' }, { name: 'b' }, { name: 'c' }, { name: 'a', mode: 'shared' }],
      'locks[3].name',
      'must differ from those before it',
    ],
  ])('refuses %s', async (_what, wrong, field, message) => {
    const answer = await http.post('/multi-locks/acquire', { owner: 'one', locks: wrong });
    expect(answer).toMatchObject(wrongField(field, message));
    expect(locks.acquire).not.toHaveBeenCalled();
  });

  it.each([undefined, null, 'a', { 0: { name: 'a' } }, [null], ['a'], [7]])(
    'refuses the locks %j',
    async (wrong) => {
      const answer = await http.post('/multi-locks/acquire', { owner: 'one', locks: wrong });
      const errors = expect.arrayContaining([{ field: 'locks', message: list }]) as object;
      expect(answer).toMatchObject(problem(400, 'VALIDATION_FAILED', { errors }));
      expect(locks.acquire).not.toHaveBeenCalled();
    },
  );

  it('refuses a body with neither an owner nor a session', async () => {
    expect(await http.post('/multi-locks/acquire', { locks: wanted })).toMatchObject(
      wrongField('owner', 'must be a string of 1 to 128 characters'),
    );
  });
});

describe('POST /v1/multi-locks/release', () => {
  it('answers each like a release', async () => {
    const left = [
      { name: 'b', holds: 0 },
      { name: 'a', holds: 1 },
    ];
    locks.release.mockResolvedValue({
      result: { status: 'released', locks: left },
      replayed: false,
    });
    const answer = await http.post('/multi-locks/release', { owner: 'one', locks: holds });
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      locks: [
        { name: 'b', released: true, holds: 0 },
        { name: 'a', released: false, holds: 1 },
      ],
    });
    expect(locks.release.mock.calls[0]?.[0]).toEqual({ owner: 'one', locks: holds });
  });

  it('names the hold that is none', async () => {
    const result = { status: 'not-holder', name: 'a', token: 8 } as const;
    locks.release.mockResolvedValue({ result, replayed: false });
    expect(await http.post('/multi-locks/release', { owner: 'one', locks: holds })).toMatchObject(
      problem(409, 'NOT_HOLDER', { name: 'a' }),
    );
  });

  it('refuses wrong tokens and repeated names', async () => {
    const wrong = [{ name: 'a', token: 0 }];
    expect(await http.post('/multi-locks/release', { owner: 'one', locks: wrong })).toMatchObject(
      wrongField('locks[0].token', 'must be an integer from 1 to 9007199254740991'),
    );
    const twice = [holds[0], holds[0]];
    expect(await http.post('/multi-locks/release', { owner: 'one', locks: twice })).toMatchObject(
      wrongField('locks[1].name', 'must differ from those before it'),
    );
  });
});

describe('POST /v1/multi-locks/renew', () => {
  it('answers each like an acquire', async () => {
    const result = { status: 'renewed', locks: grants } as const;
    locks.renew.mockResolvedValue({ result, replayed: false });
    const answer = await http.post('/multi-locks/renew', {
      owner: 'one',
      locks: holds,
      ttlMs: 100,
    });
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ locks: answered.map((lock) => ({ ...lock, waitedMs: 0 })) });
    expect(locks.renew.mock.calls[0]?.[0]).toEqual({ owner: 'one', locks: holds, ttlMs: 100 });
  });

  it('renews all or none', async () => {
    const result = { status: 'not-holder', name: 'a', token: 8 } as const;
    locks.renew.mockResolvedValue({ result, replayed: false });
    expect(await http.post('/multi-locks/renew', { owner: 'one', locks: holds })).toMatchObject(
      problem(409, 'NOT_HOLDER', { name: 'a' }),
    );
    expect(locks.renew.mock.calls[0]?.[0]).toMatchObject({ ttlMs: null });
  });
});
