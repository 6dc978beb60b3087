import { EventReader } from '../../support/event-reader.js';
import { eventually } from '../../support/eventually.js';
import type { Answer } from '../../support/json-client.js';
import { CLUSTER_TEST_MS, READY_DEADLINE_MS } from '../../support/limits.js';
import { RealCluster } from '../../support/real-cluster.js';
import { ack, ownerOf, persistently, publish, receive, type Message } from './queues-user.js';

jest.setTimeout(CLUSTER_TEST_MS);

const NODES = 3;
const CLIENTS_PER_NODE = 2;
/** Publishes answered before the stop, and after it, at all clients together. */
const PUBLISHES = 60;
/** No message comes back in time by its visibility alone. */
const LONG = { visibilityMs: 600_000 };

describe('queues while nodes stop and stand still', () => {
  let cluster: RealCluster;

  beforeAll(async () => {
    cluster = await RealCluster.start({ nodes: NODES, env: { SHARDS: '2' } });
  }, 60_000);

  beforeEach(async () => {
    await cluster.startAll();
  }, 60_000);

  afterAll(async () => {
    await cluster.close();
  });

  /** The index of who leads the topic's shard. */
  async function owner(topic: string, asked = 0): Promise<number> {
    return await ownerOf(cluster.http(asked), topic);
  }

  function next(index: number, step = 1): number {
    return (index + step) % NODES;
  }

  async function untilGroup(topic: string, group: string, asked: number): Promise<void> {
    await eventually(`${group} is there`, READY_DEADLINE_MS, async () => {
      const { status } = await cluster.http(asked).get(`/v1/queues/${topic}/groups/${group}`);
      return status === 200 ? true : undefined;
    });
  }

  /** As a client with an Idempotency-Key does: what fails is sent again, once, to the next node. */
  async function publishOnce(index: number, body: unknown, key: string): Promise<Answer> {
    const path = '/v1/queues/loaded/messages';
    const headers = { 'idempotency-key': key };
    const messages = { messages: [{ body }] };
    const first = await cluster
      .http(index)
      .post(path, messages, headers)
      .catch(() => null);
    if (first !== null && first.status < 500) return first;
    return await cluster.http(next(index)).post(path, messages, headers);
  }

  it.each(['owner', 'other'] as const)(
    'SIGTERM of %s: waits are refused, and what its stream had goes to others as if untouched',
    async (who) => {
      const topic = `stopped-${who}`;
      // A single failure would make a dead letter.
      await cluster.http(0).put(`/v1/queues/${topic}`, { maxDeliveries: 1 });
      await cluster.http(0).put(`/v1/queues/${topic}-idle`);
      const ids = await publish(cluster.http(0), topic, ['a', 'b', 'c', 'd']);
      const leader = await owner(topic);
      const stopping = who === 'owner' ? leader : next(leader);
      const other = cluster.http(next(stopping));
      const stream = await EventReader.open(
        `${cluster.node(stopping).httpUrl}/v1/queues/${topic}/groups/g/stream?prefetch=3&visibilityMs=${LONG.visibilityMs}`,
      );
      const events = await stream.until(3);
      const streamed = events.map(({ data }) => data as Message);
      expect(streamed.map(({ id }) => id)).toEqual(ids.slice(0, 3));
      expect(await ack(other, topic, 'g', streamed.slice(0, 1))).toEqual(['acked']);
      // The place is free again.
      const [last] = (await stream.until(4)).slice(3).map(({ data }) => data as Message);
      expect(last?.id).toBe(ids[3]);

      const idle = `${topic}-idle`;
      // A group for each: its first receive makes it, so that all are seen to wait.
      const headersOfPolls: Record<string, string>[] = [{}, {}, { 'idempotency-key': who }];
      const polls = headersOfPolls.map(async (headers, number) => {
        const path = `/v1/queues/${idle}/groups/g${number}/receive`;
        return await cluster.http(stopping).post(path, { waitMs: 25_000 }, headers);
      });
      for (const number of polls.keys()) await untilGroup(idle, `g${number}`, next(stopping));
      const waiting = receive(other, topic, 'g', { max: 10, waitMs: 25_000, ...LONG });

      expect(await cluster.node(stopping).stop()).toEqual({ code: 0, signal: null });
      for (const answer of await Promise.all(polls)) {
        expect(answer).toMatchObject({
          status: 503,
          headers: { 'retry-after': expect.any(String) as string },
          body: { code: 'SHUTTING_DOWN' },
        });
      }
      await eventually('the stream is over', READY_DEADLINE_MS, () => stream.isOver || undefined);
      expect(stream.events.slice(4)).toMatchObject([
        { event: 'problem', data: { status: 503, code: 'SHUTTING_DOWN' } },
      ]);
      const taken = await waiting;
      expect(taken).toMatchObject(ids.slice(1).map((id) => ({ id, deliveries: 1 })));
      expect(await ack(other, topic, 'g', [...streamed.slice(1), ...taken])).toEqual([
        'stale',
        'stale',
        'acked',
        'acked',
        'acked',
      ]);
      expect(await other.get(`/v1/queues/${topic}/groups/g`)).toMatchObject({
        body: { ready: 0, inFlight: 0, deadLettered: 0 },
      });
    },
    60_000,
  );

  it('SIGTERM of the owner under load: each message is there once, and is handed out once', async () => {
    await cluster.http(0).put('/v1/queues/loaded');
    await cluster.http(0).put('/v1/queues/loaded/groups/g');
    const stopping = await owner('loaded');
    const seen: Message[] = [];
    const published: string[] = [];
    const failures: unknown[] = [];
    let isOver = false;
    const producers = Array.from({ length: NODES * CLIENTS_PER_NODE }, async (_, client) => {
      for (let count = 0; !isOver; count += 1) {
        const body = `${client}-${count}`;
        const answer = await publishOnce(client % NODES, body, `publish-${body}`);
        if (answer.status === 201) published.push(body);
        else failures.push(answer.body);
      }
    });
    const consumers = [1, 2].map(async (step) => {
      const client = cluster.http(next(stopping, step));
      while (!isOver) seen.push(...(await receive(client, 'loaded', 'g', { max: 5, ...LONG })));
    });
    const morePublishes = async (): Promise<void> => {
      const goal = published.length + PUBLISHES;
      await eventually('the load goes on', READY_DEADLINE_MS, () =>
        published.length >= goal || failures.length > 0 ? true : undefined,
      );
    };
    await morePublishes();
    const exit = await cluster.node(stopping).stop();
    await morePublishes();
    isOver = true;
    await Promise.all([...producers, ...consumers]);

    expect(failures).toEqual([]);
    expect(exit).toEqual({ code: 0, signal: null });
    const survivor = cluster.http(next(stopping));
    for (;;) {
      const rest = await receive(survivor, 'loaded', 'g', { max: 1_000, ...LONG });
      if (rest.length === 0) break;
      seen.push(...rest);
    }
    expect(seen.map(({ body }) => String(body)).toSorted()).toEqual(published.toSorted());
    expect(new Set(seen.map(({ deliveries }) => deliveries))).toEqual(new Set([1]));
    expect(new Set(await ack(survivor, 'loaded', 'g', seen))).toEqual(new Set(['acked']));
    expect(await survivor.get('/v1/queues/loaded')).toMatchObject({ body: { messages: 0 } });
  }, 60_000);

  it('SIGSTOP of the owner: a wait elsewhere gets what is published then, and nobody gets it again', async () => {
    await cluster.http(0).put('/v1/queues/paused');
    const paused = await owner('paused');
    const third = cluster.http(next(paused, 2));
    const waitingAt = (index: number) =>
      receive(cluster.http(index), 'paused', 'g', { max: 1, waitMs: 25_000, ...LONG });
    const own = waitingAt(paused);
    await untilGroup('paused', 'g', next(paused, 2));
    const waiting = waitingAt(next(paused));
    const path = '/v1/queues/paused/messages';
    cluster.node(paused).pause();
    // Lies in the owner's socket until it goes on.
    const late = receive(cluster.http(paused), 'paused', 'g', { max: 1, ...LONG });
    const publishAtThird = async (body: string): Promise<void> => {
      const headers = { 'idempotency-key': `paused-${body}` };
      const answer = await persistently(
        () => third.post(path, { messages: [{ body }] }, headers),
        READY_DEADLINE_MS,
      );
      expect(answer.status).toBe(201);
    };
    try {
      await publishAtThird('first');
      expect(await waiting).toMatchObject([{ body: 'first', deliveries: 1 }]);
    } finally {
      cluster.node(paused).resume();
    }
    expect(await late).toEqual([]);
    await publishAtThird('second');
    expect(await own).toMatchObject([{ body: 'second', deliveries: 1 }]);
    expect(await third.get('/v1/queues/paused/groups/g')).toMatchObject({
      body: { ready: 0, inFlight: 2 },
    });
  }, 60_000);
});
