import { eventually } from '../support/eventually.js';
import type { Answer } from '../support/json-client.js';
import { CLUSTER_TEST_MS, READY_DEADLINE_MS } from '../support/limits.js';
import { granted, LockClient } from '../support/lock-client.js';
import { RealCluster } from '../support/real-cluster.js';

jest.setTimeout(CLUSTER_TEST_MS);

const NODES = [0, 1, 2] as const;
const LEADER = 0;
const CLIENTS_PER_NODE = 4;
/** Pairs of acquire and release before and after the stop, at all clients together. */
const PAIRS = 150;

describe('a leader that is told to stop', () => {
  let cluster: RealCluster;

  beforeAll(async () => {
    cluster = await RealCluster.start({ nodes: NODES.length });
    await cluster.lead(LEADER);
  }, 60_000);

  afterAll(async () => {
    await cluster.close();
  });

  /** As a client with an Idempotency-Key does: what fails is sent again, once, to the next node. */
  async function post(index: number, path: string, body: object, key: string): Promise<Answer> {
    const headers = { 'idempotency-key': key };
    const first = await cluster
      .http(index)
      .post(path, body, headers)
      .catch(() => null);
    if (first !== null && first.status < 500) return first;
    return await cluster.http((index + 1) % NODES.length).post(path, body, headers);
  }

  it('hands over under load: nothing fails that is sent once more, and waits are refused', async () => {
    const [one, two] = NODES.map((index) => new LockClient(cluster.http(index)));
    if (one === undefined || two === undefined) throw new Error('there are three nodes');
    const { term } = await cluster.leader();
    const held = await two.take('busy', 'a');
    const refused = await one.wait('busy', 'at-the-leader');
    const waiter = await two.wait('busy', 'elsewhere');

    let pairs = 0;
    let stopped = false;
    const failures: unknown[] = [];
    const clients = NODES.flatMap((index) =>
      Array.from({ length: CLIENTS_PER_NODE }, async (_, client) => {
        for (let count = 0; !stopped; count += 1) {
          const owner = `client-${index}-${client}`;
          const path = `/v1/locks/load-${index}-${client}`;
          const acquired = await post(index, `${path}/acquire`, { owner }, `a-${owner}-${count}`);
          const { token } = acquired.body as { readonly token?: number };
          const released = await post(
            index,
            `${path}/release`,
            { owner, token },
            `r-${owner}-${count}`,
          );
          for (const { status, body } of [acquired, released]) {
            if (status !== 200) failures.push(body);
          }
          // Whatever was sent twice was done once.
          expect(acquired.body).toMatchObject({ holds: 1 });
          expect(released.body).toMatchObject({ released: true, holds: 0 });
          pairs += 1;
        }
      }),
    );
    const morePairs = async (): Promise<void> => {
      const goal = pairs + PAIRS;
      await eventually('the load goes on', READY_DEADLINE_MS, () =>
        pairs >= goal || failures.length > 0 ? true : undefined,
      );
    };
    await morePairs();
    const exit = await cluster.node(LEADER).stop();
    await morePairs();
    stopped = true;
    await Promise.all(clients);

    expect(failures).toEqual([]);
    expect(exit).toEqual({ code: 0, signal: null });
    expect((await cluster.leader(term)).term).toBe(term + 1);
    expect(cluster.node(LEADER).log.join('\n')).toMatch(
      /handed coordination over to node\d: leads/,
    );
    expect(await refused.answer).toMatchObject({
      status: 503,
      headers: { 'retry-after': expect.any(String) as string },
      body: { code: 'SHUTTING_DOWN' },
    });
    expect(await two.queue('busy')).toEqual(['elsewhere']);
    await two.release('busy', held);
    expect(granted(await waiter.answer).owner).toBe('elsewhere');
  }, 60_000);

  it('comes back, and its followers stop as quietly', async () => {
    await cluster.startAll();
    const { index, term } = await cluster.leader();
    const follower = (index + 1) % NODES.length;
    const locks = new LockClient(cluster.http(index));
    await locks.take('kept', 'a');
    expect(await cluster.node(follower).stop()).toEqual({ code: 0, signal: null });
    await locks.take('more', 'a');
    await cluster.startAll();
    expect(await cluster.leader()).toEqual({ index, term });
  }, 60_000);
});
