import { eventually } from '../support/eventually.js';
import type { Answer, JsonClient } from '../support/json-client.js';
import { CLUSTER_TEST_MS } from '../support/limits.js';
import { RealCluster } from '../support/real-cluster.js';

jest.setTimeout(CLUSTER_TEST_MS);

const DEADLINE_MS = 30_000;
/** Length of a lease that is renewed again and again, also by a busy machine. */
const RENEWED_MS = 3_000;

interface Granted {
  readonly name: string;
  readonly owner: string;
  readonly token: number;
}

function granted(answer: Answer): Granted {
  expect(answer).toMatchObject({ status: 200, body: { token: expect.any(Number) as number } });
  return answer.body as Granted;
}

function acquire(client: JsonClient, name: string, owner: string, ttlMs = 60_000): Promise<Answer> {
  return client.post(`/v1/locks/${name}/acquire`, { owner, ttlMs });
}

describe('a cluster of four real nodes', () => {
  let cluster: RealCluster;

  beforeAll(async () => {
    cluster = await RealCluster.start({ nodes: 4 });
  }, 60_000);

  afterAll(async () => {
    await cluster.close();
  });

  it('grants on one node what the others see and refuse', async () => {
    const { token } = granted(await acquire(cluster.http(0), 'orders', 'alice'));
    for (const index of [0, 1, 2, 3]) {
      expect(await cluster.http(index).get('/v1/locks/orders')).toMatchObject({
        status: 200,
        body: { name: 'orders', mode: 'exclusive', holders: [{ owner: 'alice', token, holds: 1 }] },
      });
      expect(await acquire(cluster.http(index), 'orders', 'bob')).toMatchObject({
        status: 409,
        body: { code: 'LOCK_HELD', holders: [{ owner: 'alice' }], queueLength: 0 },
      });
    }
    const release = { owner: 'alice', token };
    expect(await cluster.http(3).post('/v1/locks/orders/release', release)).toMatchObject({
      status: 200,
      body: { name: 'orders', released: true, holds: 0 },
    });
    expect((await cluster.http(1).get('/v1/locks/orders')).status).toBe(404);
    const next = granted(await acquire(cluster.http(2), 'orders', 'bob'));
    expect(next.token).toBeGreaterThan(token);
  });

  it('an owner that stops renewing loses the lock by itself, one that renews keeps it', async () => {
    const kept = granted(await acquire(cluster.http(0), 'kept', 'alice', RENEWED_MS));
    const untilMs = performance.now() + RENEWED_MS;
    granted(await acquire(cluster.http(1), 'lost', 'alice', RENEWED_MS));
    const renewal = { owner: 'alice', token: kept.token };
    await eventually('the lock that is not renewed expires', DEADLINE_MS, async () => {
      const renewed = await cluster.http(3).post('/v1/locks/kept/renew', renewal);
      expect(renewed.status).toBe(200);
      const lost = await cluster.http(2).get('/v1/locks/lost');
      return lost.status === 404 && performance.now() > untilMs ? true : undefined;
    });
    expect((await cluster.http(2).get('/v1/locks/kept')).status).toBe(200);
    const late = { owner: 'alice', token: kept.token + 1 };
    expect(await cluster.http(1).post('/v1/locks/lost/renew', late)).toMatchObject({
      status: 409,
      body: { code: 'NOT_HOLDER' },
    });
  });

  it('repeats the answer to an Idempotency-Key on another node', async () => {
    const headers = { 'idempotency-key': 'once' };
    const body = { owner: 'alice' };
    const path = '/v1/locks/idempotent/acquire';
    const first = await cluster.http(0).post(path, body, headers);
    const second = await cluster.http(2).post(path, body, headers);
    expect(second).toMatchObject({
      status: 200,
      body: first.body,
      headers: { 'idempotency-replayed': 'true' },
    });
    expect(first.headers['idempotency-replayed']).toBeUndefined();
    expect(await cluster.http(1).post(path, { owner: 'bob' }, headers)).toMatchObject({
      status: 422,
      body: { code: 'IDEMPOTENCY_KEY_REUSED' },
    });
  });

  it('a held lock outlives the leader, and the next token is larger', async () => {
    const held = granted(await acquire(cluster.http(0), 'failover', 'alice'));
    const leader = await cluster.leader();
    await cluster.node(leader.index).kill();
    const [survivor] = [0, 1, 2, 3].filter((index) => index !== leader.index);
    const client = cluster.http(survivor ?? 0);
    expect(await acquire(client, 'failover', 'bob')).toMatchObject({
      status: 409,
      body: { code: 'LOCK_HELD', holders: [{ owner: 'alice', token: held.token }] },
    });
    expect((await cluster.leader(leader.term)).index).not.toBe(leader.index);
    const release = { owner: 'alice', token: held.token };
    expect((await client.post('/v1/locks/failover/release', release)).status).toBe(200);
    expect(granted(await acquire(client, 'failover', 'bob')).token).toBeGreaterThan(held.token);
    await cluster.node(leader.index).start();
    expect((await cluster.http(leader.index).get('/v1/locks/failover')).status).toBe(200);
  });

  it('locks and tokens go on after all nodes were killed at once', async () => {
    const held = granted(await acquire(cluster.http(1), 'power-cut', 'alice'));
    await cluster.killAll();
    await cluster.startAll();
    expect(await cluster.http(3).get('/v1/locks/power-cut')).toMatchObject({
      status: 200,
      body: { holders: [{ owner: 'alice', token: held.token }] },
    });
    const release = { owner: 'alice', token: held.token };
    expect((await cluster.http(2).post('/v1/locks/power-cut/release', release)).status).toBe(200);
    const next = granted(await acquire(cluster.http(0), 'power-cut', 'bob'));
    expect(next.token).toBeGreaterThan(held.token);
  });

  it('a paused leader is replaced, and wakes as a follower without an old answer', async () => {
    const leader = await cluster.leader();
    const [other] = [0, 1, 2, 3].filter((index) => index !== leader.index);
    const client = cluster.http(other ?? 0);
    const held = granted(await acquire(client, 'paused', 'alice'));
    cluster.node(leader.index).pause();
    const next = await cluster.leader(leader.term);
    expect(next.index).not.toBe(leader.index);
    const release = { owner: 'alice', token: held.token };
    expect((await client.post('/v1/locks/paused/release', release)).status).toBe(200);
    const asked = cluster.http(leader.index).get('/v1/locks/paused');
    cluster.node(leader.index).resume();
    expect((await asked).status).toBe(404);
  });
});

describe('a cluster without its majority', () => {
  let cluster: RealCluster;

  beforeAll(async () => {
    cluster = await RealCluster.start({ nodes: 3 });
  }, 60_000);

  afterAll(async () => {
    await cluster.close();
  });

  it('says 503 or 504 within the deadline, and keeps what it acknowledged', async () => {
    const held = granted(await acquire(cluster.http(0), 'before', 'alice'));
    const leader = await cluster.leader();
    const others = [0, 1, 2].filter((index) => index !== leader.index);
    await Promise.all(others.map(async (index) => await cluster.node(index).kill()));
    const startedMs = performance.now();
    const refused = await cluster
      .http(leader.index)
      .post('/v1/locks/during/acquire', { owner: 'bob' }, { 'x-timeout-ms': '2000' });
    expect([503, 504]).toContain(refused.status);
    expect(performance.now() - startedMs).toBeLessThan(10_000);
    if (refused.status === 503) expect(refused.headers['retry-after']).toBeDefined();
    const read = await cluster
      .http(leader.index)
      .send('GET', '/v1/locks/before', undefined, { 'x-timeout-ms': '1000' });
    expect(read.status).toBe(503);
    expect(
      (await cluster.http(leader.index).get('/v1/locks/before?consistency=stale')).status,
    ).toBe(200);
    expect((await cluster.http(leader.index).get('/health/live')).status).toBe(200);
    await cluster.startAll();
    expect(await cluster.http(1).get('/v1/locks/before')).toMatchObject({
      status: 200,
      body: { holders: [{ owner: 'alice', token: held.token }] },
    });
    // 503: it has not happened. 504: it may have.
    const during = await cluster.http(1).get('/v1/locks/during');
    if (refused.status === 503 || during.status !== 200) expect(during.status).toBe(404);
    else
      expect(during).toMatchObject({ body: { holders: [{ owner: 'bob', holds: 1 }], queue: [] } });
  });
});

describe('one node alone', () => {
  it('serves, and keeps its locks through a kill', async () => {
    const cluster = await RealCluster.start({ nodes: 1 });
    try {
      const held = granted(await acquire(cluster.http(0), 'alone', 'alice'));
      await cluster.killAll();
      await cluster.startAll();
      expect(await cluster.http(0).get('/v1/locks/alone')).toMatchObject({
        status: 200,
        body: { holders: [{ owner: 'alice', token: held.token }] },
      });
    } finally {
      await cluster.close();
    }
  });
});
