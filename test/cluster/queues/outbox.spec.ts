import { eventually } from '../../support/eventually.js';
import { RealCluster } from '../../support/real-cluster.js';
import { persistently, publish, receive, type Message } from './queues-user.js';

const DEADLINE_MS = 60_000;
const MESSAGES = 200;
const BATCH = 50;
const CANDIDATES = 40;

interface Place {
  readonly shard: number;
  readonly owner: string;
  readonly messages: number;
}

describe('dead letters of a topic whose dead-letter topic is in another shard', () => {
  let cluster: RealCluster;

  beforeAll(async () => {
    cluster = await RealCluster.start({ nodes: 3, env: { SHARDS: '4' } });
  }, 120_000);

  afterAll(async () => {
    await cluster.close();
  });

  async function place(topic: string, node = 0): Promise<Place> {
    const answer = await persistently(
      () => cluster.http(node).get(`/v1/queues/${topic}`),
      DEADLINE_MS,
    );
    expect(answer.status).toBe(200);
    return answer.body as Place;
  }

  async function ownerOf(topic: string, node = 0): Promise<number> {
    const { owner } = await eventually(`${topic} has an owner`, DEADLINE_MS, async () => {
      const found = await place(topic, node);
      return found.owner === null ? undefined : found;
    });
    return Number(owner.slice('node'.length)) - 1;
  }

  /** A topic in another shard than `source`, at another node. */
  async function topicElsewhere(source: string): Promise<string> {
    const near = await place(source);
    for (let number = 0; number < CANDIDATES; number += 1) {
      const name = `lost-${number}`;
      await cluster.http(0).put(`/v1/queues/${name}`);
      const { shard, owner } = await place(name);
      if (shard !== near.shard && owner !== near.owner) return name;
    }
    throw new Error('all topics are at one node');
  }

  async function reject(node: number, topic: string, messages: readonly Message[], key: string) {
    const receipts = messages.map(({ receipt }) => receipt);
    const path = `/v1/queues/${topic}/groups/g/nack`;
    const answer = await persistently(
      () =>
        cluster
          .http(node)
          .post(path, { receipts, deadLetter: true }, { 'idempotency-key': `${topic}-${key}` }),
      DEADLINE_MS,
    );
    expect(answer.status).toBe(200);
  }

  async function bodiesIn(node: number, topic: string): Promise<readonly unknown[]> {
    const answer = await cluster.http(node).get(`/v1/queues/${topic}/messages?limit=1000`);
    if (answer.status !== 200) return [];
    return (answer.body as { messages: Message[] }).messages.map(({ body }) => body);
  }

  const sorted = (bodies: readonly unknown[]): readonly unknown[] =>
    [...bodies].sort((one, other) => Number(one) - Number(other));

  it('come there once, though the owners of both are killed; and back to their group once', async () => {
    await cluster.http(0).put('/v1/queues/source');
    const lost = await topicElsewhere('source');
    const configured = await cluster
      .http(0)
      .put('/v1/queues/source', { deadLetterTopic: lost, visibilityMs: 600_000 });
    expect(configured.status).toBe(200);
    const bodies = Array.from({ length: MESSAGES }, (_, number) => number);
    await publish(cluster.http(0), 'source', bodies);
    const batches: (readonly Message[])[] = [];
    for (let at = 0; at < MESSAGES; at += BATCH) {
      batches.push(await receive(cluster.http(0), 'source', 'g', { max: BATCH, waitMs: 20_000 }));
    }
    expect(batches.map(({ length }) => length)).toEqual([BATCH, BATCH, BATCH, BATCH]);

    // The owner of the dead-letter topic goes while they are on their way.
    const far = await ownerOf(lost);
    await reject((far + 1) % 3, 'source', batches[0] ?? [], '0');
    await cluster.node(far).kill();
    await reject((far + 1) % 3, 'source', batches[1] ?? [], '1');
    await eventually('the first half is there', DEADLINE_MS, async () => {
      const found = await bodiesIn((far + 1) % 3, lost);
      return found.length === 2 * BATCH ? true : undefined;
    });
    await cluster.node(far).start();

    // The owner of the source goes while they are on their way.
    const near = await ownerOf('source');
    const survivor = (near + 1) % 3;
    await reject(survivor, 'source', batches[2] ?? [], '2');
    const rejecting = reject(survivor, 'source', batches[3] ?? [], '3');
    await cluster.node(near).kill();
    await rejecting;
    await eventually('all are there', DEADLINE_MS, async () => {
      const found = await bodiesIn(survivor, lost);
      return found.length >= MESSAGES ? true : undefined;
    });
    await cluster.node(near).start();
    expect(sorted(await bodiesIn(survivor, lost))).toEqual(bodies);

    const redrive = await cluster.http(near).post('/v1/queues/source/redrive', {});
    expect(redrive).toMatchObject({ status: 200, body: { moved: MESSAGES } });
    const back: unknown[] = [];
    await eventually('all are back', DEADLINE_MS, async () => {
      const messages = await receive(cluster.http(near), 'source', 'g', { max: 100, waitMs: 500 });
      back.push(...messages.map(({ body }) => body));
      return back.length >= MESSAGES ? true : undefined;
    });
    expect(sorted(back)).toEqual(bodies);
    expect(await receive(cluster.http(near), 'source', 'g', { waitMs: 1_000 })).toEqual([]);
    expect(await place(lost)).toMatchObject({ messages: 0 });
  }, 300_000);
});
