import { eventually } from '../../support/eventually.js';
import { CLUSTER_TEST_MS } from '../../support/limits.js';
import { RealCluster } from '../../support/real-cluster.js';
import { ack, ownerOf, persistently, publish, receive } from './queues-user.js';

jest.setTimeout(CLUSTER_TEST_MS);

const DEADLINE_MS = 30_000;
/** All there is, which comes at once or soon. */
const ALL = { max: 100, waitMs: 20_000 };

describe('queues on a cluster of three real nodes', () => {
  let cluster: RealCluster;

  beforeAll(async () => {
    cluster = await RealCluster.start({ nodes: 3, env: { SHARDS: '4' } });
  }, 120_000);

  afterAll(async () => {
    await cluster.close();
  });

  it('what is published at one node is received at another, once by each group', async () => {
    const ids = await publish(cluster.http(0), 'orders', [{ order: 1 }, { order: 2 }]);
    const groups = ['billing', 'shipping'];
    // A message is removed once every group has acknowledged it: a group that comes later sees none.
    for (const group of groups) {
      const made = await cluster.http(1).put(`/v1/queues/orders/groups/${group}`);
      expect(made.status).toBe(201);
    }
    for (const group of groups) {
      const messages = await receive(cluster.http(2), 'orders', group, ALL);
      expect(messages).toMatchObject([
        { id: ids[0], body: { order: 1 }, deliveries: 1 },
        { id: ids[1], body: { order: 2 }, deliveries: 1 },
      ]);
      expect(await ack(cluster.http(1), 'orders', group, messages)).toEqual(['acked', 'acked']);
    }
    expect(await cluster.http(1).get('/v1/queues/orders')).toMatchObject({
      body: { messages: 0, groups: 2 },
    });
  });

  it('what is not acknowledged is seen again after its visibility, and the old receipt is stale', async () => {
    await publish(cluster.http(0), 'again', ['x']);
    const first = await receive(cluster.http(2), 'again', 'g', { visibilityMs: 500, ...ALL });
    const second = await receive(cluster.http(1), 'again', 'g', ALL);
    expect(second).toMatchObject([{ id: first[0]?.id, deliveries: 2 }]);
    expect(await ack(cluster.http(0), 'again', 'g', first)).toEqual(['stale']);
    expect(await ack(cluster.http(0), 'again', 'g', second)).toEqual(['acked']);
  });

  it('a waiting receive at one node hears of a publish at another', async () => {
    await cluster.http(0).put('/v1/queues/waited');
    const waiting = receive(cluster.http(2), 'waited', 'g', { waitMs: 20_000 });
    await eventually('the group is there', DEADLINE_MS, async () => {
      const { status } = await cluster.http(1).get('/v1/queues/waited/groups/g');
      return status === 200 ? true : undefined;
    });
    await publish(cluster.http(1), 'waited', ['late']);
    expect(await waiting).toMatchObject([{ body: 'late', deliveries: 1 }]);
  });

  it('five failures make a dead letter, and a redrive brings it back to its group', async () => {
    const [id] = await publish(cluster.http(0), 'failing', [{ bad: true }]);
    await receive(cluster.http(1), 'failing', 'other', ALL);
    for (let failure = 1; failure <= 5; failure += 1) {
      const [message] = await receive(cluster.http(failure % 3), 'failing', 'g', ALL);
      expect(message).toMatchObject({ id, deliveries: failure });
      const receipts = [message?.receipt];
      await cluster.http(2).post('/v1/queues/failing/groups/g/nack', { receipts, reason: 'no' });
    }
    expect(await receive(cluster.http(0), 'failing', 'g', { max: 10 })).toEqual([]);
    const dead = await cluster.http(1).get('/v1/queues/failing.dead/messages');
    expect(dead).toMatchObject({
      status: 200,
      body: {
        messages: [
          {
            body: { bad: true },
            headers: {
              'sinkron-origin-topic': 'failing',
              'sinkron-origin-group': 'g',
              'sinkron-origin-id': id,
              'sinkron-deliveries': '5',
            },
          },
        ],
      },
    });
    const redrive = await cluster.http(2).post('/v1/queues/failing/redrive');
    expect(redrive).toMatchObject({ status: 200, body: { moved: 1 } });
    expect(await receive(cluster.http(0), 'failing', 'g', ALL)).toMatchObject([
      { body: { bad: true } },
    ]);
    expect(await receive(cluster.http(0), 'failing', 'other', { max: 10 })).toEqual([]);
  });

  it('repeats a publish and a receive under their keys at other nodes', async () => {
    const headers = { 'idempotency-key': 'once' };
    const path = '/v1/queues/keyed/messages';
    const first = await cluster.http(0).post(path, { messages: [{ body: 1 }] }, headers);
    const second = await cluster.http(1).post(path, { messages: [{ body: 1 }] }, headers);
    expect(second).toMatchObject({ status: 201, body: first.body as object });
    expect(second.headers['idempotency-replayed']).toBe('true');
    const receivePath = '/v1/queues/keyed/groups/g/receive';
    const received = await cluster.http(1).post(receivePath, {}, headers);
    const repeated = await cluster.http(2).post(receivePath, {}, headers);
    expect(repeated.body).toEqual(received.body);
    expect(repeated.headers['idempotency-replayed']).toBe('true');
  });

  it('goes on when the owner is killed: nothing acknowledged is lost or comes back', async () => {
    const bodies = Array.from({ length: 50 }, (_, number) => number);
    await publish(cluster.http(0), 'owned', bodies);
    const owner = await ownerOf(cluster.http(0), 'owned');
    const survivor = cluster.http((owner + 1) % 3);
    const acked = await receive(survivor, 'owned', 'g', { max: 10 });
    // These come back, which they are to do while there is no owner.
    await receive(survivor, 'owned', 'g', { max: 10, visibilityMs: 1_000 });
    expect(new Set(await ack(survivor, 'owned', 'g', acked))).toEqual(new Set(['acked']));
    await cluster.node(owner).kill();
    const published = await persistently(
      () =>
        survivor.post(
          '/v1/queues/owned/messages',
          { messages: [{ body: 50 }] },
          { 'idempotency-key': 'owned-50' },
        ),
      DEADLINE_MS,
    );
    expect(published.status).toBe(201);
    const expected = new Set(
      [...bodies, 50].filter((number) => !acked.some((one) => one.body === number)),
    );
    const seen = new Set<unknown>();
    await eventually('all others come', DEADLINE_MS, async () => {
      const messages = await receive(survivor, 'owned', 'g', { max: 100, waitMs: 1_000 });
      for (const message of messages) seen.add(message.body);
      await (messages.length === 0 ? undefined : ack(survivor, 'owned', 'g', messages));
      return seen.size >= expected.size ? true : undefined;
    });
    expect(seen).toEqual(expected);
    await cluster.node(owner).start();
    expect(await cluster.http(owner).get('/v1/queues/owned')).toMatchObject({
      status: 200,
      body: { messages: 0 },
    });
  }, 120_000);

  it('goes on to wait when the owner is killed: each message comes once, at every node', async () => {
    await cluster.http(0).put('/v1/queues/awaited');
    await receive(cluster.http(0), 'awaited', 'g', { max: 1 });
    const owner = await ownerOf(cluster.http(0), 'awaited');
    const survivors = [cluster.http((owner + 1) % 3), cluster.http((owner + 2) % 3)];
    const waiting = survivors.map((survivor) =>
      receive(survivor, 'awaited', 'g', { max: 1, waitMs: 30_000 }),
    );
    await cluster.node(owner).kill();
    const [survivor = cluster.http(0)] = survivors;
    for (const number of [1, 2]) {
      // Repeated under one key, or else a first try of unsure outcome would be a second message.
      const published = await persistently(
        () =>
          survivor.post(
            '/v1/queues/awaited/messages',
            { messages: [{ body: number }] },
            { 'idempotency-key': `awaited-${number}` },
          ),
        DEADLINE_MS,
      );
      expect(published.status).toBe(201);
    }
    const received = (await Promise.all(waiting)).flat();
    expect(new Set(received.map((message) => message.body))).toEqual(new Set([1, 2]));
    expect(received.map(({ deliveries }) => deliveries)).toEqual([1, 1]);
    const { body: group } = await survivor.get('/v1/queues/awaited/groups/g');
    expect(group).toMatchObject({ ready: 0, inFlight: 2 });
    await cluster.node(owner).start();
  }, 120_000);
});
