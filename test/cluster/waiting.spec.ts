import { eventually } from '../support/eventually.js';
import { READY_DEADLINE_MS } from '../support/limits.js';
import { granted, LockClient, type Granted, type Pending } from '../support/lock-client.js';
import { RealCluster } from '../support/real-cluster.js';

const NODES = [0, 1, 2] as const;
/** Who leads when a test begins; the clients that count are at the others. */
const LEADER = 2;

describe('waiting in a cluster of three real nodes', () => {
  let cluster: RealCluster;
  let one: LockClient;
  let two: LockClient;
  let three: LockClient;

  beforeAll(async () => {
    cluster = await RealCluster.start({ nodes: NODES.length, divisible: true });
    [one, two, three] = NODES.map((index) => new LockClient(cluster.http(index))) as [
      LockClient,
      LockClient,
      LockClient,
    ];
  }, 60_000);

  beforeEach(async () => {
    await cluster.startAll();
    await cluster.lead(LEADER);
  }, 60_000);

  afterAll(async () => {
    await cluster.close();
  });

  /** Gives the lock back and expects each waiter to get it in turn, with growing tokens. */
  async function handOver(
    name: string,
    holder: Granted,
    waiters: readonly (Pending & { readonly owner: string })[],
  ): Promise<void> {
    let held = holder;
    for (const { owner, answer } of waiters) {
      expect((await one.release(name, held)).status).toBe(200);
      const next = granted(await answer);
      expect(next.owner).toBe(owner);
      expect(next.token).toBeGreaterThan(held.token);
      held = next;
    }
    expect((await two.release(name, held)).body).toMatchObject({ released: true });
  }

  /** Owners wait in this order, by turns at the first and the second node. */
  async function line(name: string, owners: readonly string[]) {
    const waiters: (Pending & { readonly owner: string })[] = [];
    for (const [place, owner] of owners.entries()) {
      const { answer } = await (place % 2 === 0 ? two : one).wait(name, owner);
      waiters.push({ owner, answer });
    }
    expect(await one.queue(name)).toEqual(owners);
    return waiters;
  }

  it('the leader is killed: the waiter gets the lock, with a larger token', async () => {
    const held = await one.take('orders', 'alice');
    const waiter = await two.wait('orders', 'bob');
    await cluster.node(LEADER).kill();
    expect((await one.release('orders', held)).status).toBe(200);
    const next = granted(await waiter.answer);
    expect(next.token).toBeGreaterThan(held.token);
    expect(await one.holders('orders')).toEqual(['bob']);
  });

  it('the leader is killed: its queue keeps its order', async () => {
    const owners = ['b', 'c', 'd', 'e', 'f', 'g'];
    const held = await one.take('line', 'a');
    const waiters = await line('line', owners);
    await cluster.node(LEADER).kill();
    expect(await two.queue('line')).toEqual(owners);
    await handOver('line', held, waiters);
  });

  it('the leadership is handed over: its queue keeps its order, nobody hears of it', async () => {
    const owners = ['b', 'c', 'd', 'e'];
    const held = await one.take('calm', 'a');
    const waiters = await line('calm', owners);
    for (const index of [0, 1, 2]) await cluster.lead(index);
    expect(await two.queue('calm')).toEqual(owners);
    await handOver('calm', held, waiters);
  });

  it('the leader is paused for long: others go on, its own waiter queues anew later', async () => {
    const held = await one.take('paused', 'a');
    const own = await three.wait('paused', 'b');
    const first = await one.wait('paused', 'c');
    const second = await two.wait('paused', 'd');
    const { term } = await cluster.leader();
    cluster.node(LEADER).pause();
    await cluster.leader(term);
    await one.release('paused', held);
    // Nobody can tell the client of b: the lock comes back when its node is given up.
    const next = granted(await first.answer);
    expect(next.token).toBeGreaterThan(held.token);
    expect(await one.queue('paused')).toEqual(['d']);
    cluster.node(LEADER).resume();
    await one.untilQueued('paused', ['d', 'b']);
    await handOver('paused', next, [
      { owner: 'd', ...second },
      { owner: 'b', ...own },
    ]);
  });

  it('the leader is cut off for a moment: others go on, its own waiter keeps its place', async () => {
    const held = await one.take('cut', 'a');
    const first = await two.wait('cut', 'b');
    const own = await three.wait('cut', 'c');
    const last = await one.wait('cut', 'd');
    const { term } = await cluster.leader();
    cluster.isolate(LEADER);
    await cluster.leader(term);
    await one.release('cut', held);
    const next = granted(await first.answer);
    cluster.heal();
    expect(await one.queue('cut')).toEqual(['c', 'd']);
    await handOver('cut', next, [
      { owner: 'c', ...own },
      { owner: 'd', ...last },
    ]);
  });

  it('a leader that is cut off grants nothing and reads nothing', async () => {
    const held = await one.take('island', 'a');
    const { term } = await cluster.leader();
    cluster.isolate(LEADER);
    try {
      const deadline = { 'x-timeout-ms': '1000' };
      const answers = await Promise.all(
        Array.from({ length: 4 }, (_, count) =>
          three.acquire(`island-${count}`, { owner: 'b' }, deadline),
        ),
      );
      for (const { status } of answers) expect([503, 504]).toContain(status);
      const read = await three.http.get('/v1/locks/island', deadline);
      expect(read).toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
      await cluster.leader(term);
      await one.release('island', held);
      const next = await two.take('island', 'c');
      // What it has not heard of since, it does not tell.
      expect((await three.http.get('/v1/locks/island', deadline)).status).toBe(503);
      expect(next.token).toBeGreaterThan(held.token);
    } finally {
      cluster.heal();
    }
    await three.untilHeld('island', ['c']);
    for (let count = 0; count < 4; count += 1) {
      expect((await one.get(`island-${count}`)).status).toBe(404);
    }
  });

  it('the node of a waiter is restarted: its waiter leaves', async () => {
    const held = await two.take('restarted', 'a');
    await one.wait('restarted', 'b');
    const next = await two.wait('restarted', 'c');
    await cluster.node(0).kill();
    await cluster.node(0).start();
    await two.release('restarted', held);
    expect(granted(await next.answer).owner).toBe('c');
    expect(await two.queue('restarted')).toEqual([]);
  });

  it('the node of a waiter is gone: its waiters leave, and the grant that it had not told', async () => {
    const held = await two.take('gone', 'a');
    const other = await two.take('untold', 'a');
    await one.wait('gone', 'b');
    await one.wait('untold', 'b');
    const next = await two.wait('gone', 'c');
    const after = await two.wait('untold', 'c');
    cluster.node(0).pause();
    await two.release('untold', other);
    expect(await two.holders('untold')).toEqual(['b']);
    await cluster.node(0).kill();
    expect(granted(await after.answer).owner).toBe('c');
    expect(await two.queue('gone')).toEqual(['c']);
    await two.release('gone', held);
    expect(granted(await next.answer).owner).toBe('c');
  });

  it('an Idempotency-Key joins the wait from another node, which keeps the place', async () => {
    const headers = { 'idempotency-key': 'join' };
    const held = await two.take('join', 'a');
    const first = await one.wait('join', 'b', {}, headers);
    const body = { owner: 'b', waitMs: 25_000 };
    const second = two.acquire('join', body, headers);
    const other = { owner: 'b', waitMs: 24_000 };
    expect((await two.acquire('join', other, headers)).body).toMatchObject({
      code: 'IDEMPOTENCY_KEY_REUSED',
    });
    await two.release('join', held);
    const grants = [granted(await first.answer), granted(await second)];
    expect(grants[0]?.token).toBe(grants[1]?.token);
    const third = await three.acquire('join', body, headers);
    expect(third.headers['idempotency-replayed']).toBe('true');
    expect(granted(third)).toMatchObject({ token: grants[0]?.token, holds: 1 });
  });

  it('the node of one of two that share a wait is killed: the other one gets the lock', async () => {
    const headers = { 'idempotency-key': 'share' };
    const held = await two.take('share', 'a');
    await one.wait('share', 'b', {}, headers);
    const second = two.acquire('share', { owner: 'b', waitMs: 25_000 }, headers);
    second.catch(() => undefined);
    const behind = await two.wait('share', 'c');
    await cluster.node(0).kill();
    await cluster.node(0).start();
    expect(await two.queue('share')).toEqual(['b', 'c']);
    await two.release('share', held);
    const grant = granted(await second);
    expect(grant).toMatchObject({ owner: 'b', holds: 1 });
    await two.release('share', grant);
    expect(granted(await behind.answer).owner).toBe('c');
  });

  it('a session and its waiters outlive the leader', async () => {
    const sessionId = await one.session({ ttlMs: 5_000 });
    await one.take('own', 'a', { sessionId });
    const held = await two.take('wanted', 'x');
    const waiter = await one.wait('wanted', 'a', { sessionId });
    await cluster.node(LEADER).kill();
    const kept = await two.http.post(`/v1/sessions/${sessionId}/keepalive`);
    expect(kept).toMatchObject({ status: 200, body: { sessionId, ttlMs: 5_000 } });
    await two.release('wanted', held);
    expect(granted(await waiter.answer).owner).toBe('a');
    expect((await two.endSession(sessionId)).status).toBe(204);
    for (const name of ['own', 'wanted']) expect((await one.get(name)).status).toBe(404);
  });

  it('without a majority the end of a wait is unknown, and later it holds nothing', async () => {
    await three.take('alone', 'a');
    const waiting = three.acquire(
      'alone',
      { owner: 'b', waitMs: 1_000 },
      { 'x-timeout-ms': '1000' },
    );
    await one.untilQueued('alone', ['b']);
    for (const index of [0, 1]) cluster.node(index).pause();
    try {
      expect(await waiting).toMatchObject({ status: 504, body: { code: 'OUTCOME_UNKNOWN' } });
    } finally {
      for (const index of [0, 1]) cluster.node(index).resume();
    }
    await eventually('the waiter is gone', READY_DEADLINE_MS, async () => {
      const { status, body } = await two.get('alone');
      const { queue = [''] } = body as { readonly queue?: readonly unknown[] };
      return status === 200 && queue.length === 0 ? true : undefined;
    });
    expect(await two.holders('alone')).toEqual(['a']);
  });

  it('all nodes are killed: holds and sessions stay, waiters leave, tokens go on', async () => {
    const sessionId = await one.session({ ttlMs: 60_000, name: 'worker' });
    const bySession = await one.take('by-session', 'a', { sessionId });
    const held = await two.take('held', 'b');
    const shared = await two.take('shared', 'c', { mode: 'shared' });
    await one.wait('held', 'lost-1');
    await two.wait('shared', 'lost-2');
    await cluster.killAll();
    await cluster.startAll();
    expect((await three.http.get(`/v1/sessions/${sessionId}`)).body).toMatchObject({
      name: 'worker',
      ttlMs: 60_000,
      locks: 1,
    });
    expect((await two.http.post(`/v1/sessions/${sessionId}/keepalive`)).status).toBe(200);
    for (const [name, { owner, token }] of [
      ['by-session', bySession],
      ['held', held],
      ['shared', shared],
    ] as const) {
      expect((await one.get(name)).body).toMatchObject({ holders: [{ owner, token, holds: 1 }] });
      await two.untilQueued(name, []);
    }
    expect((await three.release('held', held)).body).toMatchObject({ released: true });
    const tokens = [bySession, held, shared].map(({ token }) => token);
    expect((await one.take('held', 'd')).token).toBeGreaterThan(Math.max(...tokens));
    expect((await one.endSession(sessionId)).status).toBe(204);
    expect((await two.get('by-session')).status).toBe(404);
  });
});
