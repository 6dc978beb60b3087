import { expectInvalid, expectProblem } from './expect-problem.js';
import { RealNode } from './real-node.js';

let node: RealNode;

beforeAll(async () => {
  node = await RealNode.start();
});
afterAll(async () => {
  await node.stop();
});

const INSTANT_PATTERN = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const anInstant = expect.stringMatching(INSTANT_PATTERN) as string;
const aToken = expect.any(Number) as number;

const acquire = (name: string, body: object) => node.post(`/v1/locks/${name}/acquire`, body);
const release = (name: string, body: object) => node.post(`/v1/locks/${name}/release`, body);
const renew = (name: string, body: object) => node.post(`/v1/locks/${name}/renew`, body);

describe('A lock', () => {
  it('is acquired, seen, renewed, released, and free again', async () => {
    const beforeMs = Date.now();
    const acquired = await acquire('life', { owner: 'one' });
    expect(acquired.status).toBe(200);
    expect(acquired.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(acquired.body).toEqual({
      name: 'life',
      owner: 'one',
      mode: 'exclusive',
      token: aToken,
      holds: 1,
      ttlMs: 30_000,
      expiresAt: anInstant,
      waitedMs: 0,
    });
    const { token } = acquired.body;
    expect(Math.abs(Date.parse(acquired.body.expiresAt) - beforeMs - 30_000)).toBeLessThan(5_000);

    const seen = await node.get('/v1/locks/life');
    expect(seen.status).toBe(200);
    expect(seen.body).toEqual({
      name: 'life',
      mode: 'exclusive',
      holders: [{ owner: 'one', token, holds: 1, expiresAt: anInstant, sessionId: null }],
      queue: [],
    });

    const renewed = await renew('life', { owner: 'one', token, ttlMs: 60_000 });
    expect([renewed.status, renewed.body]).toEqual([
      200,
      { ...acquired.body, ttlMs: 60_000, expiresAt: anInstant },
    ]);
    expect(Date.parse(renewed.body.expiresAt)).toBeGreaterThan(Date.parse(acquired.body.expiresAt));

    const released = await release('life', { owner: 'one', token });
    expect([released.status, released.body]).toEqual([
      200,
      { name: 'life', released: true, holds: 0 },
    ]);
    expectProblem(await node.get('/v1/locks/life'), 'LOCK_NOT_FOUND', {
      detail: 'the lock life is free and nobody waits for it',
    });
  });

  it('is taken again by its owner: holds count, the token stays', async () => {
    const first = await acquire('again', { owner: 'one' });
    const second = await acquire('again', { owner: 'one', ttlMs: 40_000 });
    expect(second.body).toEqual({
      ...first.body,
      holds: 2,
      ttlMs: 40_000,
      expiresAt: anInstant,
    });
    const { token } = first.body;
    expect((await release('again', { owner: 'one', token })).body).toEqual({
      name: 'again',
      released: false,
      holds: 1,
    });
    expect((await release('again', { owner: 'one', token })).body).toEqual({
      name: 'again',
      released: true,
      holds: 0,
    });
  });

  it('is refused to others with its holder, and gives the next one a larger token', async () => {
    const { token } = (await acquire('held', { owner: 'one' })).body;
    const refused = await acquire('held', { owner: 'two' });
    expectProblem(refused, 'LOCK_HELD', {
      detail: 'the lock held is held by one',
      name: 'held',
      holders: [{ owner: 'one', token, holds: 1, sessionId: null }],
      queueLength: 0,
    });
    await release('held', { owner: 'one', token });
    const next = await acquire('held', { owner: 'two' });
    expect(next.body.token).toBeGreaterThan(token);
  });

  it('obeys only its owner with its token', async () => {
    const { token } = (await acquire('mine', { owner: 'one' })).body;
    for (const [owner, wrong] of [
      ['two', token],
      ['one', token + 1],
    ] as const) {
      const detail = `${owner} does not hold the lock mine with token ${wrong}: it was released, broken, or its lease has ended`;
      const body = { owner, token: wrong };
      const refusal = { detail, name: 'mine' };
      expectProblem(await release('mine', body), 'NOT_HOLDER', refusal);
      expectProblem(await renew('mine', body), 'NOT_HOLDER', refusal);
      expectProblem(await renew('mine', { ...body, ttlMs: 90_000 }), 'NOT_HOLDER', refusal);
    }
    expect((await node.get('/v1/locks/mine')).body.holders).toMatchObject([
      { owner: 'one', token },
    ]);
  });

  it('ends with its lease', async () => {
    const { token } = (await acquire('short', { owner: 'one', ttlMs: 100 })).body;
    let answer = await acquire('short', { owner: 'two' });
    while (answer.status === 409) answer = await acquire('short', { owner: 'two' });
    expect(answer.body.token).toBeGreaterThan(token);
    const late = await release('short', { owner: 'one', token });
    expect([late.status, late.body.code]).toEqual([409, 'NOT_HOLDER']);
  });

  it('keeps a note of its holder, any JSON object of up to 1,024 bytes', async () => {
    const metadata = { constructor: 5, toString: 'x', more: { a: [null, 1.5, { prototype: 1 }] } };
    await acquire('noted', { owner: 'one', metadata });
    expect((await node.get('/v1/locks/noted')).body.holders[0].metadata).toEqual(metadata);
    const longest = { a: 'é'.repeat(508) };
    expect(Buffer.byteLength(JSON.stringify(longest))).toBe(1_024);
    expect((await acquire('longest', { owner: 'one', metadata: longest })).status).toBe(200);
    const longer = { a: `${'é'.repeat(508)}x` };
    expectInvalid(await acquire('longer', { owner: 'one', metadata: longer }), {
      field: 'metadata',
      message: 'must be an object of at most 1024 bytes as JSON',
    });
  });
});

describe('A name', () => {
  it.each([
    ['a slash', 'a/b/c'],
    ['256 bytes', 'n'.repeat(256)],
    ['256 bytes of two each', 'é'.repeat(128)],
    ['256 bytes of four each', '😀'.repeat(64)],
    ['what a URL uses', '?&=#%+ ;:@"<>'],
    ['three dots', '...'],
    ['the name of a call', 'acquire'],
    ['a member of every object', '__proto__'],
  ])('may have %s', async (_what, name) => {
    const path = encodeURIComponent(name);
    const acquired = await acquire(path, { owner: 'one' });
    expect([acquired.status, acquired.body.name]).toEqual([200, name]);
    expect((await node.get(`/v1/locks/${path}`)).body.name).toBe(name);
  });

  it('may be percent-encoded throughout: 768 characters', async () => {
    const acquired = await acquire('%61'.repeat(256), { owner: 'one' });
    expect(acquired.body.name).toBe('a'.repeat(256));
  });

  it('is the same however it is encoded', async () => {
    const { token } = (await acquire('x%2fy', { owner: 'one' })).body;
    expect((await node.get('/v1/locks/%78%2F%79')).body.holders).toMatchObject([{ token }]);
  });

  it.each([
    ['n'.repeat(300), 'must be 1 to 256 bytes of UTF-8, not 300'],
    ['n'.repeat(257), 'must be 1 to 256 bytes of UTF-8, not 257'],
    [`${'%C3%A9'.repeat(128)}n`, 'must be 1 to 256 bytes of UTF-8, not 257'],
    ['', 'must be 1 to 256 bytes of UTF-8, not 0'],
    ['%2E', 'must not be . or ..'],
    ['%2E%2E', 'must not be . or ..'],
    ['.%2e', 'must not be . or ..'],
    ['a%00b', 'must not contain control characters'],
    ['%0A', 'must not contain control characters'],
    ['%7F', 'must not contain control characters'],
    ['%C2%85', 'must not contain control characters'],
  ])('is refused: %s', async (name, message) => {
    for (const call of ['acquire', 'release', 'renew']) {
      const answer = await node.post(`/v1/locks/${name}/${call}`, { owner: 'one', token: 1 });
      expectInvalid(answer, { field: 'name', message });
    }
    expectInvalid(await node.get(`/v1/locks/${name}?consistency=stale`), {
      field: 'name',
      message,
    });
  });
});

describe('The list of locks', () => {
  const names = ['list/b', 'list/a', 'list/Z', 'list/é', 'list/😀', 'list/\uffee', 'list', 'lisz'];
  /** By bytes of UTF-8: the astral character comes last, which by UTF-16 it would not. */
  const sorted = ['list/Z', 'list/a', 'list/b', 'list/é', 'list/\uffee', 'list/😀'];
  const prefix = 'prefix=list%2F';

  beforeAll(async () => {
    for (const name of names) await acquire(encodeURIComponent(name), { owner: 'lister' });
  });

  const namesOf = (body: { locks: readonly { name: string }[] }) =>
    body.locks.map(({ name }) => name);

  it('is in byte order and narrowed by a prefix', async () => {
    const { body } = await node.get(`/v1/locks?${prefix}`);
    expect(namesOf(body)).toEqual(sorted);
    expect(body.nextCursor).toBeNull();
    expect(body.locks[0]).toEqual({
      name: 'list/Z',
      mode: 'exclusive',
      holders: [
        { owner: 'lister', token: aToken, holds: 1, expiresAt: anInstant, sessionId: null },
      ],
      queue: [],
    });
    expect((await node.get('/v1/locks?prefix=list%2F%F0')).status).toBe(400);
    expect((await node.get('/v1/locks?prefix=nothing')).body).toEqual({
      locks: [],
      nextCursor: null,
    });
  });

  it('goes on behind each page until nextCursor is null', async () => {
    const pages: string[][] = [];
    let cursor: string | null = null;
    do {
      const more: string = cursor === null ? '' : `&cursor=${cursor}`;
      const { body } = await node.get(`/v1/locks?${prefix}&limit=4${more}`);
      pages.push(namesOf(body));
      cursor = body.nextCursor;
    } while (cursor !== null);
    expect(pages).toEqual([sorted.slice(0, 4), sorted.slice(4)]);
  });

  it('ends exactly with a full page', async () => {
    const { body } = await node.get(`/v1/locks?${prefix}&limit=${sorted.length}`);
    expect([namesOf(body), body.nextCursor]).toEqual([sorted, null]);
  });

  it('is the same from a stale read of the leader', async () => {
    const { body } = await node.get(`/v1/locks?${prefix}&consistency=stale`);
    expect(namesOf(body)).toEqual(sorted);
    const one = await node.get('/v1/locks/lisz?consistency=stale');
    expect([one.status, one.body.name]).toEqual([200, 'lisz']);
    const explicit = await node.get('/v1/locks/lisz?consistency=linearizable');
    expect(explicit.status).toBe(200);
  });

  it.each([
    ['limit=0', 'limit', 'must be an integer from 1 to 1000'],
    ['limit=1001', 'limit', 'must be an integer from 1 to 1000'],
    ['limit=-1', 'limit', 'must be an integer from 1 to 1000'],
    ['limit=1.5', 'limit', 'must be an integer from 1 to 1000'],
    ['limit=1e2', 'limit', 'must be an integer from 1 to 1000'],
    ['limit=0x10', 'limit', 'must be an integer from 1 to 1000'],
    ['limit=+5', 'limit', 'must be an integer from 1 to 1000'],
    ['limit=', 'limit', 'must be an integer from 1 to 1000'],
    ['limit=5&limit=6', 'limit', 'must be given once'],
    ['limit[]=5', 'limit[]', 'is not a parameter of this route'],
    ['cursor=', 'cursor', 'must be the nextCursor of an earlier answer'],
    ['cursor=%25', 'cursor', 'must be the nextCursor of an earlier answer'],
    ['cursor=__8', 'cursor', 'must be the nextCursor of an earlier answer'],
    ['cursor=YQ==', 'cursor', 'must be the nextCursor of an earlier answer'],
    ['consistency=eventual', 'consistency', 'must be one of linearizable, stale'],
    ['consistency=', 'consistency', 'must be one of linearizable, stale'],
    ['consistency=stale&consistency=stale', 'consistency', 'must be given once'],
    [`prefix=${'a'.repeat(257)}`, 'prefix', 'must be at most 256 bytes of UTF-8'],
    ['prefix=%00', 'prefix', 'must not contain control characters'],
    ['foo=1', 'foo', 'is not a parameter of this route'],
    ['Limit=1', 'Limit', 'is not a parameter of this route'],
    ['__proto__=1', '__proto__', 'is not a parameter of this route'],
    ['constructor=1', 'constructor', 'is not a parameter of this route'],
    ['prefix=%zz', 'url', 'must be percent-encoded UTF-8'],
    ['prefix=%ff', 'url', 'must be percent-encoded UTF-8'],
  ])('is refused with ?%s', async (query, field, message) => {
    expectInvalid(await node.get(`/v1/locks?${query}`), { field, message });
  });
});
