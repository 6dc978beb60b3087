import { JsonClient } from '../../support/json-client.js';
import { granted, grantedAll, LockClient } from '../../support/lock-client.js';
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
const aNumber = expect.any(Number) as number;

const release = (body: object) => locks.http.post('/v1/multi-locks/release', body);
const renew = (body: object) => locks.http.post('/v1/multi-locks/renew', body);
const named = (...names: readonly string[]) => names.map((name) => ({ name }));

describe('Many locks', () => {
  it('are acquired, renewed and released in the order of the request', async () => {
    const wanted = [{ name: 'z' }, { name: 'a/b', mode: 'shared' }, { name: 'é' }];
    const acquired = await locks.acquireMany({ owner: 'one', locks: wanted, metadata: { n: 1 } });
    const grants = grantedAll(acquired);
    expect(acquired.body).toEqual({
      locks: wanted.map(({ name, mode = 'exclusive' }) => ({
        name,
        owner: 'one',
        mode,
        token: aNumber,
        holds: 1,
        ttlMs: 600_000,
        expiresAt: anInstant,
        waitedMs: 0,
      })),
    });
    const tokens = grants.map(({ token }) => token);
    expect(new Set(tokens).size).toBe(3);

    const holds = grants.map(({ name, token }) => ({ name, token }));
    const renewed = await renew({ owner: 'one', locks: holds, ttlMs: 50_000 });
    expect([renewed.status, renewed.body]).toEqual([
      200,
      {
        locks: grants.map((grant) => ({ ...grant, ttlMs: 50_000, expiresAt: anInstant })),
      },
    ]);
    const same = await renew({ owner: 'one', locks: holds });
    expect(grantedAll(same).map((grant) => Reflect.get(grant, 'ttlMs'))).toEqual([
      50_000, 50_000, 50_000,
    ]);

    const released = await release({ owner: 'one', locks: holds });
    expect([released.status, released.body]).toEqual([
      200,
      { locks: wanted.map(({ name }) => ({ name, released: true, holds: 0 })) },
    ]);
    for (const { name } of wanted) expect((await locks.get(name)).status).toBe(404);
  });

  it('are refused as a whole when one is held, and take no token', async () => {
    const held = await locks.take('b', 'other');
    const refused = await locks.acquireMany({ owner: 'one', locks: named('a', 'b', 'c') });
    expectProblem(refused, 'LOCK_HELD', {
      detail: 'the lock b is held by other',
      name: 'b',
      holders: [{ owner: 'other', token: held.token, holds: 1, sessionId: null }],
      queueLength: 0,
    });
    for (const name of ['a', 'c']) expect((await locks.get(name)).status).toBe(404);
    expect((await locks.take('d', 'one')).token).toBe(held.token + 1);
    for (const name of ['b', 'd']) await locks.break(name);
  });

  it('wait in every queue, hold nothing meanwhile, and are granted in one moment', async () => {
    const first = await locks.take('w1', 'x');
    const second = await locks.take('w2', 'y');
    const many = locks.acquireMany({
      owner: 'one',
      locks: named('w1', 'w2', 'w3'),
      waitMs: 20_000,
    });
    for (const name of ['w1', 'w2', 'w3']) await locks.untilQueued(name, ['one']);
    expect((await locks.get('w3')).body).toMatchObject({ holders: [], queue: [{ owner: 'one' }] });
    const late = locks.acquire('w3', { owner: 'late', waitMs: 20_000 });
    await locks.untilQueued('w3', ['one', 'late']);
    await locks.release('w1', first);
    await locks.untilQueued('w1', ['one']);
    expect(await locks.holders('w1')).toEqual([]);
    await locks.release('w2', second);
    const grants = grantedAll(await many);
    expect(grants.map(({ name }) => name)).toEqual(['w1', 'w2', 'w3']);
    expect(new Set(grants.map(({ waitedMs }) => waitedMs)).size).toBe(1);
    expect(grants[0]?.waitedMs).toBeGreaterThan(0);
    await release({ owner: 'one', locks: grants.map(({ name, token }) => ({ name, token })) });
    expect(granted(await late).owner).toBe('late');
  });

  it('leave every queue when their time is over', async () => {
    await locks.take('t1', 'x');
    const refused = await locks.acquireMany({
      owner: 'one',
      locks: named('t1', 't2'),
      waitMs: 100,
    });
    const { waitedMs } = refused.body as { waitedMs: number };
    expectProblem(refused, 'LOCK_WAIT_TIMEOUT', {
      detail: `the locks t1, t2 could not be had within ${waitedMs} ms`,
      waitedMs,
    });
    expect((await locks.get('t2')).status).toBe(404);
    expect(await locks.queue('t1')).toEqual([]);
  });

  it('are released and renewed all or none', async () => {
    const grants = grantedAll(await locks.acquireMany({ owner: 'one', locks: named('r1', 'r2') }));
    const [one, two] = grants.map(({ name, token }) => ({ name, token }));
    const wrong = { name: 'r2', token: (two?.token ?? 0) + 1 };
    const detail = `one does not hold the lock r2 with token ${wrong.token}: it was released, broken, or its lease has ended`;
    for (const call of [release, renew]) {
      const answer = await call({ owner: 'one', locks: [one, wrong] });
      expectProblem(answer, 'NOT_HOLDER', { detail, name: 'r2' });
    }
    expect(await locks.holders('r1')).toEqual(['one']);
    expect((await release({ owner: 'one', locks: [two, one] })).body).toEqual({
      locks: [
        { name: 'r2', released: true, holds: 0 },
        { name: 'r1', released: true, holds: 0 },
      ],
    });
  });

  it('count holds that are there already', async () => {
    const alone = await locks.take('h1', 'one');
    const grants = grantedAll(await locks.acquireMany({ owner: 'one', locks: named('h1', 'h2') }));
    expect(grants.map(({ name, holds }) => [name, holds])).toEqual([
      ['h1', 2],
      ['h2', 1],
    ]);
    expect(grants[0]?.token).toBe(alone.token);
  });

  it('may be held by a session, which is the owner then', async () => {
    const sessionId = await locks.session();
    const grants = grantedAll(await locks.acquireMany({ sessionId, locks: named('s1', 's2') }));
    expect(grants.map(({ owner }) => owner)).toEqual([sessionId, sessionId]);
    await locks.endSession(sessionId);
    for (const name of ['s1', 's2']) expect((await locks.get(name)).status).toBe(404);
  });

  it('are repeated by their Idempotency-Key', async () => {
    const headers = { 'idempotency-key': 'many-1' };
    const acquire = () => locks.acquireMany({ owner: 'one', locks: named('i1', 'i2') }, headers);
    const first = await acquire();
    const again = await acquire();
    expect(again.headers['idempotency-replayed']).toBe('true');
    expect([again.status, again.body]).toEqual([200, first.body]);
    expect((await locks.get('i1')).body).toMatchObject({ holders: [{ holds: 1 }] });
  });

  it('may be 64, with names of 256 bytes', async () => {
    const many = Array.from({ length: 64 }, (_, index) => `${index}`.padStart(256, 'n'));
    const grants = grantedAll(await locks.acquireMany({ owner: 'one', locks: named(...many) }));
    expect(grants).toHaveLength(64);
  });
});

describe('What is no list of locks is refused', () => {
  const LIST = 'must be a list of 1 to 64 objects';
  const MODE = 'must be one of the following values: exclusive, shared';
  const names65 = Array.from({ length: 65 }, (_, index) => ({ name: `n${index}` }));

  it.each<readonly [unknown, string, string]>([
    [[], 'locks', LIST],
    [names65, 'locks', LIST],
    [[{ name: 'a' }, { name: 'a' }], 'locks[1].name', 'must differ from those before it'],
    [[{ name: '' }], 'locks[0].name', 'must be 1 to 256 bytes of UTF-8, not 0'],
    [[{ name: 'é'.repeat(129) }], 'locks[0].name', 'must be 1 to 256 bytes of UTF-8, not 258'],
    [[{ name: 'a' }, { name: '..' }], 'locks[1].name', 'must not be . or ..'],
    [[{ name: 'a\u0000' }], 'locks[0].name', 'must not contain control characters'],
    [[{ name: 'a', mode: 'SHARED' }], 'locks[0].mode', MODE],
    [[{ name: 'a', colour: 'red' }], 'locks[0].colour', 'is not a known field'],
    [[{ name: 'a', token: 1 }], 'locks[0].token', 'is not a known field'],
  ])('acquire %j', async (wrong, field, message) => {
    const answer = await locks.acquireMany({ owner: 'one', locks: wrong });
    expectInvalid(answer, { field, message });
  });

  it.each<readonly [object, string, string]>([
    [{ name: 'a', token: 0 }, 'locks[0].token', 'must be an integer from 1 to 9007199254740991'],
    [{ name: 'a', token: '1' }, 'locks[0].token', 'must be an integer from 1 to 9007199254740991'],
    [{ name: '', token: 1 }, 'locks[0].name', 'must be 1 to 256 bytes of UTF-8, not 0'],
    [{ name: 'a', token: 1, mode: 'shared' }, 'locks[0].mode', 'is not a known field'],
  ])('release and renew %j', async (wrong, field, message) => {
    for (const call of [release, renew]) {
      expectInvalid(await call({ owner: 'one', locks: [wrong] }), { field, message });
    }
  });

  it('an acquire without an owner or a session', async () => {
    const message = 'must be a string of 1 to 128 characters';
    expectInvalid(await locks.acquireMany({ locks: named('a') }), { field: 'owner', message });
  });
});
