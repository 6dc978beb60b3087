import type { RealCluster } from '../../support/real-cluster.js';
import { eventually } from '../../support/eventually.js';
import { FORBIDDEN_LOCKS } from '../cases/script-cases.js';
import { PAGE_LIMIT, QUEUES_EMPTY_DEADLINE_MS } from '../limits.js';
import type { LiveState } from './live-state.js';

interface ListedLock {
  readonly name: string;
  readonly holders: readonly { readonly owner: string }[];
  readonly queue: readonly { readonly owner: string }[];
}

interface Page {
  readonly nextCursor: string | null;
}

async function listAll<Item>(
  cluster: RealCluster,
  node: number,
  list: 'locks' | 'sessions' | 'queues',
): Promise<readonly Item[]> {
  const items: Item[] = [];
  let cursor: string | null = null;
  do {
    const query = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const answer = await cluster.http(node).get(`/v1/${list}?limit=${PAGE_LIMIT}${query}`);
    if (answer.status !== 200) throw new Error(`GET /v1/${list}: ${JSON.stringify(answer.body)}`);
    // The judge has compared such answers with the document.
    const page = answer.body as Page & Readonly<Record<string, readonly Item[]>>;
    items.push(...(page[list] ?? []));
    cursor = page.nextCursor;
  } while (cursor !== null);
  return items;
}

/** Once all clients are gone, everybody has left all queues. */
export async function queuesEmpty(cluster: RealCluster): Promise<void> {
  await eventually('all queues are empty', QUEUES_EMPTY_DEADLINE_MS, async () => {
    const locks = await listAll<ListedLock>(cluster, 0, 'locks');
    return locks.every(({ queue }) => queue.length === 0) ? true : undefined;
  });
}

/** Holds and sessions that no request can have brought about. */
export async function strangeState(
  cluster: RealCluster,
  state: LiveState,
): Promise<readonly string[]> {
  const locks = await listAll<ListedLock>(cluster, 1, 'locks');
  const sessions = await listAll<{ readonly sessionId: string }>(cluster, 2, 'sessions');
  const topics = await listAll<{ readonly topic: string }>(cluster, 0, 'queues');
  const forbidden = new Set<string>(FORBIDDEN_LOCKS);
  return [
    ...locks
      .filter(({ name }) => forbidden.has(name))
      .map(({ name }) => `${name} is held, though no request has ever asked for it`),
    ...locks.flatMap(({ name, holders }) =>
      holders
        .filter(({ owner }) => !state.wasGranted(name, owner))
        .map(({ owner }) => `${name} is held by ${owner}, to whom it was never granted`),
    ),
    ...sessions
      .filter(({ sessionId }) => !state.wasMade(sessionId))
      .map(({ sessionId }) => `there is a session ${sessionId} that nobody made`),
    ...topics
      .filter(({ topic }) => !state.queues.mayExist(topic))
      .map(({ topic }) => `there is a topic ${topic} that nobody made`),
  ];
}

/** Takes everything away, and expects that nothing is left at any node. */
export async function cleanUp(cluster: RealCluster): Promise<void> {
  for (const { sessionId } of await listAll<{ sessionId: string }>(cluster, 0, 'sessions')) {
    await cluster.http(0).delete(`/v1/sessions/${sessionId}`);
  }
  for (const { name } of await listAll<ListedLock>(cluster, 0, 'locks')) {
    await cluster.http(0).delete(`/v1/locks/${encodeURIComponent(name)}`);
  }
  for (const { topic } of await listAll<{ topic: string }>(cluster, 0, 'queues')) {
    await cluster.http(0).delete(`/v1/queues/${encodeURIComponent(topic)}`);
  }
  for (const node of [0, 1, 2]) {
    expect(await listAll(cluster, node, 'queues')).toEqual([]);
    expect(await listAll(cluster, node, 'locks')).toEqual([]);
    expect(await listAll(cluster, node, 'sessions')).toEqual([]);
    const graph = await cluster.http(node).get('/v1/wait-for-graph');
    expect(graph.body).toEqual({ nodes: [], edges: [] });
  }
}

/** Every node answers, and does what it is for. */
export async function expectServing(cluster: RealCluster): Promise<void> {
  for (let node = 0; node < cluster.size; node += 1) {
    const http = cluster.http(node);
    await cluster.node(node).untilReady();
    const path = `/v1/locks/afterwards-${node}`;
    // A machine with much else to do may just have changed its leader.
    const { token } = await eventually('a lock is granted', QUEUES_EMPTY_DEADLINE_MS, async () => {
      const acquired = await http.post(`${path}/acquire`, { owner: 'fuzz' });
      return acquired.status === 200 ? (acquired.body as { readonly token: number }) : undefined;
    });
    const released = await http.post(`${path}/release`, { owner: 'fuzz', token });
    expect(released.body).toMatchObject({ name: `afterwards-${node}`, released: true });
    await expectDelivery(cluster, node);
  }
}

/** A message that is published at one node is received at the next, and acknowledged. */
async function expectDelivery(cluster: RealCluster, node: number): Promise<void> {
  const path = `/v1/queues/afterwards-${node}`;
  await eventually('a message is stored', QUEUES_EMPTY_DEADLINE_MS, async () => {
    const { status } = await cluster.http(node).post(`${path}/messages`, {
      messages: [{ body: 'fuzz', deduplicationId: 'once' }],
    });
    return status === 201 ? true : undefined;
  });
  const next = cluster.http((node + 1) % cluster.size);
  const received = await next.post(`${path}/groups/g/receive`, { waitMs: 5_000 });
  expect(received.body).toMatchObject({ messages: [{ body: 'fuzz', deliveries: 1 }] });
  const { messages } = received.body as { readonly messages: readonly { receipt: string }[] };
  const receipts = messages.map(({ receipt }) => receipt);
  const acked = await next.post(`${path}/groups/g/ack`, { receipts });
  expect(acked.body).toEqual({ results: [{ receipt: receipts[0], status: 'acked' }] });
}

/** Lines of the nodes' logs that tell of a fault of their own. */
export function faultsInLogs(cluster: RealCluster): readonly string[] {
  return Array.from({ length: cluster.size }, (_, index) => cluster.node(index))
    .flatMap(({ log }) => [...log])
    .filter((line) => /"level":"?(50|60|error|fatal)\b|InvariantViolation|— ended with/.test(line));
}
