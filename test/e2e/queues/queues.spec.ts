import { get } from 'node:http';
import { eventually } from '../../support/eventually.js';
import { RealNode } from '../real-node.js';

const DEADLINE_MS = 10_000;

interface Message {
  readonly id: string;
  readonly body: unknown;
  readonly receipt: string;
}

let node: RealNode;

beforeAll(async () => {
  node = await RealNode.start({ SHARDS: '4' });
});
afterAll(async () => {
  await node.stop();
});

const expectProblem = (answer: object, status: number, code: string): void => {
  expect(answer).toMatchObject({ status, body: { status, code } });
};
const configure = async (topic: string, body: object = {}) =>
  await node.http.put(`/v1/queues/${topic}`).send(body);
const path = (topic: string, rest: string) => `/v1/queues/${topic}${rest}`;
const publish = (topic: string, ...bodies: unknown[]) =>
  node.post(path(topic, '/messages'), { messages: bodies.map((body) => ({ body })) });
const receive = (topic: string, body: object = {}, headers: Record<string, string> = {}) =>
  node.post(path(topic, '/groups/g/receive'), body, headers);
const groupOf = (topic: string) => node.get(path(topic, '/groups/g'));

describe('Queues of a real node', () => {
  it('store, hand out and forget messages', async () => {
    const published = await publish('life', { order: 1 }, null);
    expect(published.status).toBe(201);
    const { messages } = (await receive('life', { max: 10 })).body as { messages: Message[] };
    expect(messages.map(({ body }) => body)).toEqual([{ order: 1 }, null]);
    const receipts = messages.map(({ receipt }) => receipt);
    const acked = await node.post(path('life', '/groups/g/ack'), { receipts });
    expect(acked.body).toEqual({
      results: receipts.map((receipt) => ({ receipt, status: 'acked' })),
    });
    expect((await node.get('/v1/queues/life')).body).toMatchObject({ messages: 0, groups: 1 });
    expect((await node.get('/v1/queues')).body).toMatchObject({ queues: [{ topic: 'life' }] });
  });

  it('take 8 MiB in one request, 1 MiB in one body, and give them back in parts', async () => {
    const bodies = Array.from({ length: 7 }, () => 'x'.repeat(1024 ** 2 - 2));
    expect((await publish('large', ...bodies)).status).toBe(201);
    const first = (await receive('large', { max: 10 })).body as { messages: Message[] };
    expect(first.messages.map(({ body }) => body)).toEqual(bodies);
    expectProblem(await publish('large', `${bodies[0]}x`), 413, 'PAYLOAD_TOO_LARGE');
    expectProblem(await publish('large', ...bodies, bodies), 413, 'PAYLOAD_TOO_LARGE');
  });

  it('wake a receive that waits', async () => {
    await configure('waited');
    const waiting = receive('waited', { waitMs: 20_000 });
    const answer = waiting.then(({ body }) => body as unknown);
    await eventually('the group is there', DEADLINE_MS, async () =>
      (await groupOf('waited')).status === 200 ? true : undefined,
    );
    await publish('waited', 'late');
    expect(await answer).toMatchObject({ messages: [{ body: 'late', deliveries: 1 }] });
  });

  it('take nothing away from a client that goes while it waits', async () => {
    await configure('left');
    const gone = new AbortController();
    const waiting = fetch(`${node.url}${path('left', '/groups/g/receive')}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ waitMs: 20_000 }),
      signal: gone.signal,
    }).catch((error: unknown) => error);
    await eventually('the group is there', DEADLINE_MS, async () =>
      (await groupOf('left')).status === 200 ? true : undefined,
    );
    gone.abort();
    expect(await waiting).toMatchObject({ name: 'AbortError' });
    await publish('left', 1);
    await eventually('the message is ready', DEADLINE_MS, async () =>
      (await groupOf('left')).body.ready === 1 ? true : undefined,
    );
    expect((await receive('left')).body).toMatchObject({ messages: [{ deliveries: 1 }] });
  });

  it('stream messages, and take back what is not acknowledged', async () => {
    await publish('streamed', 1, 2);
    const text = await new Promise<string>((resolve, reject) => {
      const request = get(`${node.url}${path('streamed', '/groups/g/stream')}`, (response) => {
        let heard = '';
        response.on('data', (chunk: Buffer) => {
          heard += chunk.toString();
          if (heard.split('event: message').length <= 2) return;
          resolve(heard);
          request.destroy();
        });
      });
      request.on('error', reject);
    });
    expect(text).toMatch(/^id: \S+\nevent: message\ndata: \{"id":/);
    await eventually('both are ready again', DEADLINE_MS, async () =>
      (await groupOf('streamed')).body.ready === 2 ? true : undefined,
    );
    const head = await node.http.head(path('streamed', '/groups/g/stream'));
    expect([head.status, head.headers['allow']]).toEqual([405, 'GET']);
  });

  it('expire a delivery by themselves', async () => {
    await publish('expiring', 1);
    await receive('expiring', { visibilityMs: 100 });
    await eventually('it comes again', DEADLINE_MS, async () => {
      const { body } = await receive('expiring', { waitMs: 1_000 });
      return (body as { messages: Message[] }).messages.length > 0 ? true : undefined;
    });
  });

  it('refuse with the codes of the contract', async () => {
    await publish('codes', 1);
    await configure('full', { maxMessages: 1 });
    expectProblem(await receive('none'), 404, 'TOPIC_NOT_FOUND');
    expectProblem(await node.get(path('codes', '/groups/none')), 404, 'GROUP_NOT_FOUND');
    expectProblem(await node.get(path('codes', '/messages/1-zzzz')), 404, 'MESSAGE_NOT_FOUND');
    expectProblem(await publish('full', 1, 2), 429, 'QUEUE_FULL');
    expectProblem(await publish('x'.repeat(252), 1), 400, 'VALIDATION_FAILED');
    const receipts = ['1-2'];
    expectProblem(
      await node.post(path('codes', '/groups/g/ack'), { receipts }),
      400,
      'VALIDATION_FAILED',
    );
  });
});
