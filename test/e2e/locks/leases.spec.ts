import { eventually } from '../../support/eventually.js';
import { JsonClient } from '../../support/json-client.js';
import { READY_DEADLINE_MS } from '../../support/limits.js';
import { granted, LockClient } from '../../support/lock-client.js';
import { expectProblem } from '../expect-problem.js';
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

interface Lease {
  readonly ttlMs: number;
  readonly expiresAt: string;
}

const endMs = (body: unknown) => Date.parse((body as Lease).expiresAt);
const anInstant = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]{12}Z$/) as string;

describe('A lease that ends', () => {
  it('passes the lock on to the first that waits', async () => {
    const first = await locks.take('short', 'a', { ttlMs: 300 });
    const waiter = await locks.wait('short', 'b');
    const next = granted(await waiter.answer);
    expect(next.token).toBeGreaterThan(first.token);
    // Long before its wait ends.
    expect(next.waitedMs).toBeLessThan(15_000);
    const { body } = await locks.release('short', first);
    expect(body).toMatchObject({ code: 'NOT_HOLDER' });
  });

  it('of one reader leaves the others', async () => {
    await locks.take('some', 'a', { mode: 'shared', ttlMs: 200 });
    await locks.take('some', 'b', { mode: 'shared' });
    await locks.untilHeld('some', ['b']);
  });

  it('ends an upgrade that waits', async () => {
    const { token } = await locks.take('up', 'a', { mode: 'shared' });
    await locks.take('up', 'b', { mode: 'shared' });
    const upgrade = await locks.wait('up', 'a');
    expect((await locks.renew('up', { owner: 'a', token, ttlMs: 100 })).status).toBe(200);
    expectProblem(await upgrade.answer, 'NOT_HOLDER', {
      detail: 'a waited to make its hold of the lock up exclusive, and that hold has ended',
    });
  });

  it('delays the next grant by lockDelayMs, of those that wait and those that come', async () => {
    const first = await locks.take('rest', 'a', { ttlMs: 100, lockDelayMs: 2_000 });
    const waiter = await locks.wait('rest', 'b');
    await eventually('the lease of a is over', READY_DEADLINE_MS, async () =>
      (await locks.holders('rest')).length === 0 ? true : undefined,
    );
    const overMs = performance.now();
    const refused = await locks.acquire('rest', { owner: 'c' });
    expectProblem(refused, 'LOCK_HELD', {
      detail: 'the lock rest rests because its holder failed, and 1 wait for it',
      name: 'rest',
      holders: [],
      queueLength: 1,
    });
    expect(granted(await waiter.answer).token).toBeGreaterThan(first.token);
    // It was over for at most one look before.
    expect(performance.now() - overMs).toBeGreaterThan(1_000);
  });

  it('delays nothing when it was released, or broken, before', async () => {
    for (const end of ['release', 'break'] as const) {
      const first = await locks.take('quick', 'a', { lockDelayMs: 60_000 });
      if (end === 'release') await locks.release('quick', first);
      else await locks.break('quick');
      const next = granted(await locks.acquire('quick', { owner: 'b' }));
      await locks.release('quick', next);
    }
  });
});

describe('A renewal', () => {
  it('begins the lease anew, in the length that it has', async () => {
    const acquired = await locks.acquire('renew', { owner: 'a', ttlMs: 60_000 });
    const { token } = granted(acquired);
    const renewed = await locks.renew('renew', { owner: 'a', token });
    expect([renewed.status, renewed.body]).toEqual([
      200,
      {
        name: 'renew',
        owner: 'a',
        mode: 'exclusive',
        token,
        holds: 1,
        ttlMs: 60_000,
        expiresAt: anInstant,
        waitedMs: 0,
      },
    ]);
    expect(endMs(renewed.body)).toBeGreaterThan(endMs(acquired.body));
  });

  it('may change the length, up and down', async () => {
    const { token } = await locks.take('length', 'a', { ttlMs: 60_000 });
    for (const ttlMs of [86_400_000, 60_000, 60_000, 30_000]) {
      const renewed = await locks.renew('length', { owner: 'a', token, ttlMs });
      expect(renewed.body).toMatchObject({ ttlMs, token, holds: 1 });
      const { body } = await locks.get('length');
      const { holders } = body as { holders: readonly Lease[] };
      expect(Math.abs(endMs(holders[0]) - endMs(renewed.body))).toBeLessThan(5_000);
      expect(Math.abs(endMs(renewed.body) - Date.now() - ttlMs)).toBeLessThan(5_000);
    }
    await locks.renew('length', { owner: 'a', token, ttlMs: 100 });
    await locks.untilHeld('length', []);
  });

  it('keeps a lock beyond the length of its lease', async () => {
    const { token } = await locks.take('kept', 'a', { ttlMs: 1_000 });
    const untilMs = performance.now() + 2_000;
    await eventually('two lengths have passed', READY_DEADLINE_MS, async () => {
      expect((await locks.renew('kept', { owner: 'a', token })).status).toBe(200);
      return performance.now() > untilMs ? true : undefined;
    });
    expect(await locks.holders('kept')).toEqual(['a']);
  });

  it('of a shared hold renews that one only', async () => {
    const one = await locks.take('pair', 'a', { mode: 'shared', ttlMs: 60_000 });
    await locks.take('pair', 'b', { mode: 'shared', ttlMs: 500 });
    const body = { owner: 'a', token: one.token, ttlMs: 90_000 };
    expect((await locks.renew('pair', body)).body).toMatchObject({ mode: 'shared', ttlMs: 90_000 });
    await locks.untilHeld('pair', ['a']);
  });

  it('obeys the token before an upgrade too, and tells the new one', async () => {
    const reader = await locks.take('grown', 'a', { mode: 'shared' });
    const writer = granted(await locks.acquire('grown', { owner: 'a' }));
    for (const token of [reader.token, writer.token]) {
      const renewed = await locks.renew('grown', { owner: 'a', token });
      expect(renewed.body).toMatchObject({ mode: 'exclusive', token: writer.token, holds: 2 });
    }
  });

  it('with an Idempotency-Key is remembered', async () => {
    const { token } = await locks.take('keyed', 'a', { ttlMs: 60_000 });
    const headers = { 'idempotency-key': 'renew-1' };
    const renew = () => locks.renew('keyed', { owner: 'a', token, ttlMs: 70_000 }, headers);
    const first = await renew();
    const again = await renew();
    expect(again.headers['idempotency-replayed']).toBe('true');
    expect([again.status, again.body]).toEqual([200, first.body]);
  });

  it('by another acquire takes the newer length', async () => {
    await locks.take('both', 'a', { ttlMs: 60_000 });
    const again = await locks.acquire('both', { owner: 'a', ttlMs: 70_000 });
    expect(again.body).toMatchObject({ holds: 2, ttlMs: 70_000 });
  });
});
