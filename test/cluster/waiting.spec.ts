import { eventually } from '../support/eventually.js';
import type { Answer } from '../support/json-client.js';
import { CLUSTER_TEST_MS, READY_DEADLINE_MS } from '../support/limits.js';
import { granted, LockClient, type Granted, type Pending } from '../support/lock-client.js';
import { RealCluster } from '../support/real-cluster.js';

jest.setTimeout(CLUSTER_TEST_MS);

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

  /** Begins a test, or several that share a disturbance. */
  async function allWell(): Promise<void> {
    await cluster.startAll();
    await cluster.lead(LEADER);
  }

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

  it('the leadership is handed over: its queue keeps its order, nobody hears of it', async () => {
    await allWell();
    const owners = ['b', 'c', 'd', 'e'];
    const held = await one.take('calm', 'a');
    const waiters = await line('calm', owners);
    for (const index of [0, 1, 2]) await cluster.lead(index);
    expect(await two.queue('calm')).toEqual(owners);
    await handOver('calm', held, waiters);
  });

  it('the leader is paused for long: others go on, its own waiter queues anew later', async () => {
    await allWell();
    const held = await one.take('paused', 'a');
    const own = await three.wait('paused', 'b');
    const first = await one.wait('paused', 'c');
    const second = await two.wait('paused', 'd');
    const { term } = await cluster.leader();
    cluster.node(LEADER).pause();
    await cluster.leader(term);
    expect((await one.release('paused', held)).status).toBe(200);
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
    await allWell();
    const held = await one.take('cut', 'a');
    const first = await two.wait('cut', 'b');
    const own = await three.wait('cut', 'c');
    const last = await one.wait('cut', 'd');
    const { term } = await cluster.leader();
    cluster.isolate(LEADER);
    await cluster.leader(term);
    expect((await one.release('cut', held)).status).toBe(200);
    const next = granted(await first.answer);
    cluster.heal();
    expect(await one.queue('cut')).toEqual(['c', 'd']);
    await handOver('cut', next, [
      { owner: 'c', ...own },
      { owner: 'd', ...last },
    ]);
  });

  it('a leader that is cut off grants nothing and reads nothing', async () => {
    const names = Array.from({ length: 4 }, (_, count) => `island-${count}`);
    await cluster.startAll();
    const held = await one.take('island', 'a');
    // It knows that it leads, so what it is asked goes into its own log and to nobody else.
    const { term } = await cluster.lead(LEADER);
    cluster.isolate(LEADER);
    try {
      const deadline = { 'x-timeout-ms': '1000' };
      const answers = await Promise.all(
        names.map((name) => three.acquire(name, { owner: 'b' }, deadline)),
      );
      for (const { status } of answers) expect([503, 504]).toContain(status);
      const read = await three.http.get('/v1/locks/island', deadline);
      expect(read).toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
      await cluster.leader(term);
      expect((await one.release('island', held)).status).toBe(200);
      const next = await two.take('island', 'c');
      // What it has not heard of since, it does not tell.
      expect((await three.http.get('/v1/locks/island', deadline)).status).toBe(503);
      expect(next.token).toBeGreaterThan(held.token);
      for (const name of names) expect((await two.get(name)).status).toBe(404);
    } finally {
      cluster.heal();
    }
    await three.untilHeld('island', ['c']);
    // 504 is "it may have happened", but here all was under way in the term of a leader that is none any more.
    for (const client of [one, three]) {
      for (const name of names) expect((await client.get(name)).status).toBe(404);
    }
  });

  it('an Idempotency-Key joins the wait from another node, which keeps the place', async () => {
    await allWell();
    const headers = { 'idempotency-key': 'join' };
    const held = await two.take('join', 'a');
    const first = await one.wait('join', 'b', {}, headers);
    const body = { owner: 'b', waitMs: 25_000 };
    const second = two.acquire('join', body, headers);
    const other = { owner: 'b', waitMs: 24_000 };
    expect((await two.acquire('join', other, headers)).body).toMatchObject({
      code: 'IDEMPOTENCY_KEY_REUSED',
    });
    expect((await two.release('join', held)).status).toBe(200);
    const grants = [granted(await first.answer), granted(await second)];
    expect(grants[0]?.token).toBe(grants[1]?.token);
    const third = await three.acquire('join', body, headers);
    expect(third.headers['idempotency-replayed']).toBe('true');
    expect(granted(third)).toMatchObject({ token: grants[0]?.token, holds: 1 });
  });

  describe('the node of waiters is restarted', () => {
    const headers = { 'idempotency-key': 'share' };
    let held: Granted;
    let next: Pending;
    let shared: Pending;
    let behind: Pending;

    beforeAll(async () => {
      await allWell();
      held = await two.take('restarted', 'a');
      await one.wait('restarted', 'b');
      next = await two.wait('restarted', 'c');
      await two.take('share', 'a');
      await one.wait('share', 'b', {}, headers);
      shared = await joined(() => two.acquire('share', { owner: 'b', waitMs: 25_000 }, headers));
      behind = await two.wait('share', 'c');
      await cluster.node(0).kill();
      await cluster.node(0).start();
    }, 60_000);

    /** Sends a request that becomes a command, and comes back when that is in the log. */
    async function joined(send: () => Promise<Answer>): Promise<Pending> {
      const before = await commitIndex();
      const answer = send();
      answer.catch(() => undefined);
      await eventually('the command is in the log', READY_DEADLINE_MS, async () =>
        (await commitIndex()) > before ? true : undefined,
      );
      return { answer };
    }

    async function commitIndex(): Promise<number> {
      const { body } = await cluster.http(LEADER).get('/v1/cluster');
      const { groups } = body as {
        readonly groups: readonly { id: string; commitIndex: number }[];
      };
      return groups.find(({ id }) => id === 'coordination')?.commitIndex ?? 0;
    }

    it('its waiter leaves', async () => {
      expect((await two.release('restarted', held)).status).toBe(200);
      expect(granted(await next.answer).owner).toBe('c');
      expect(await two.queue('restarted')).toEqual([]);
    });

    it('one that waits at another node too keeps its place, and gets the lock', async () => {
      expect(await two.queue('share')).toEqual(['b', 'c']);
      expect((await two.break('share')).status).toBe(204);
      const grant = granted(await shared.answer);
      expect(grant).toMatchObject({ owner: 'b', holds: 1 });
      expect((await two.release('share', grant)).status).toBe(200);
      expect(granted(await behind.answer).owner).toBe('c');
    });
  });

  it('without a majority the end of a wait is unknown, and later it holds nothing', async () => {
    await allWell();
    await three.take('alone', 'a');
    // Long enough for the others to be paused before it ends.
    const body = { owner: 'b', waitMs: 3_000 };
    const waiting = three.acquire('alone', body, { 'x-timeout-ms': '1000' });
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

  describe('the leader is killed', () => {
    const owners = ['b', 'c', 'd', 'e', 'f', 'g'];
    let held: Granted;
    let waiter: Pending;
    let first: Granted;
    let waiters: readonly (Pending & { readonly owner: string })[];
    let sessionId: string;
    let wanted: Granted;
    let own: Pending;
    /** The first requests after it, which meet no leader at first: a write, a read, a session. */
    let answers: readonly Answer[];

    beforeAll(async () => {
      await allWell();
      held = await one.take('orders', 'alice');
      waiter = await two.wait('orders', 'bob');
      first = await one.take('line', 'a');
      waiters = await line('line', owners);
      sessionId = await one.session();
      await one.take('own', 'a', { sessionId });
      wanted = await two.take('wanted', 'x');
      own = await one.wait('wanted', 'a', { sessionId });
      await cluster.node(LEADER).kill();
      answers = await Promise.all([
        one.release('orders', held),
        two.get('line'),
        two.http.post(`/v1/sessions/${sessionId}/keepalive`),
      ]);
    }, 60_000);

    it('the waiter gets the lock, with a larger token', async () => {
      expect(answers[0]?.status).toBe(200);
      const next = granted(await waiter.answer);
      expect(next.token).toBeGreaterThan(held.token);
      expect(await one.holders('orders')).toEqual(['bob']);
    });

    it('its queue keeps its order', async () => {
      expect(answers[1]).toMatchObject({ status: 200, body: { queue: queueOf(owners) } });
      await handOver('line', first, waiters);
    });

    it('a session and its waiters go on', async () => {
      expect(answers[2]).toMatchObject({ status: 200, body: { sessionId } });
      expect((await two.release('wanted', wanted)).status).toBe(200);
      expect(granted(await own.answer).owner).toBe('a');
      expect((await two.endSession(sessionId)).status).toBe(204);
      for (const name of ['own', 'wanted']) expect((await one.get(name)).status).toBe(404);
    });

    const queueOf = (names: readonly string[]) => names.map((owner) => ({ owner }));
  });

  // Behind the former: one of them is dead already.
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
