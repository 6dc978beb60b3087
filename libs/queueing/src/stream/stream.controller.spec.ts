import { get, type IncomingMessage } from 'node:http';
import { problem } from '../testing/answers.js';
import { QueuesHttp } from '../testing/queues-http.js';

/** A reader of a stream. */
class Reader {
  private text = '';
  private constructor(
    private readonly response: IncomingMessage,
    readonly status: number | undefined,
  ) {
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => {
      this.text += chunk;
    });
    response.on('error', () => {});
  }

  static open(port: number, path: string): Promise<Reader> {
    return new Promise((resolve) => {
      get(`http://127.0.0.1:${port}/v1/queues${path}`, (response) => {
        resolve(new Reader(response, response.statusCode));
      });
    });
  }

  /** Data of the `message` events so far. */
  get messages(): readonly { readonly body: unknown; readonly receipt: string }[] {
    return [...this.text.matchAll(/^id: \S+\nevent: message\ndata: (.*)$/gm)].map(
      ([, data]) => JSON.parse(data ?? '') as { body: unknown; receipt: string },
    );
  }

  has(text: string): boolean {
    return this.text.includes(text);
  }

  async received(count: number): Promise<void> {
    await until(() => this.messages.length >= count);
  }

  get isClosed(): boolean {
    return this.response.closed;
  }

  close(): void {
    this.response.destroy();
  }
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5));
}

let http: QueuesHttp;
let port: number;

beforeAll(async () => {
  http = await QueuesHttp.start();
  port = await http.listen();
});
afterAll(() => http.stop());

const publish = (topic: string, ...bodies: unknown[]) =>
  http.post(`/${topic}/messages`, { messages: bodies.map((body) => ({ body })) });
const groupOf = async (topic: string) => (await http.get(`/${topic}/groups/g`)).body;

describe('GET /v1/queues/{topic}/groups/{group}/stream', () => {
  it('sends at most prefetch messages, and the next ones when these are acknowledged', async () => {
    await publish('a1', 1, 2, 3);
    const reader = await Reader.open(port, '/a1/groups/g/stream?prefetch=2&consumer=w');
    await reader.received(2);
    expect(await groupOf('a1')).toMatchObject({ ready: 1, inFlight: 2, consumers: ['w'] });
    const [first] = reader.messages;
    await http.post('/a1/groups/g/ack', { receipts: [first?.receipt] });
    await reader.received(3);
    expect(reader.messages.map(({ body }) => body)).toEqual([1, 2, 3]);
    reader.close();
  });

  it('sends what is published while it is open', async () => {
    await http.put('/a2');
    const reader = await Reader.open(port, '/a2/groups/g/stream');
    await publish('a2', 'late');
    await reader.received(1);
    expect(reader.messages).toMatchObject([{ body: 'late', deliveries: 1 }]);
    reader.close();
  });

  it('returns what is not acknowledged when its reader goes, and counts no failure', async () => {
    await publish('a3', 1, 2);
    const reader = await Reader.open(port, '/a3/groups/g/stream');
    await reader.received(2);
    await http.post('/a3/groups/g/ack', { receipts: [reader.messages[0]?.receipt] });
    reader.close();
    await until(async () => ((await groupOf('a3')) as { ready: number }).ready === 1);
    const { body } = await http.post('/a3/groups/g/receive', {});
    expect(body).toMatchObject({ messages: [{ body: 2, deliveries: 1 }] });
  });

  it('keeps places that were acknowledged for another group only, where they are stale', async () => {
    await publish('a8', 1);
    await http.put('/a8/groups/other');
    const reader = await Reader.open(port, '/a8/groups/g/stream?prefetch=1');
    await reader.received(1);
    const receipts = [reader.messages[0]?.receipt];
    const { body } = await http.post('/a8/groups/other/ack', { receipts });
    expect(body).toMatchObject({ results: [{ status: 'stale' }] });
    reader.close();
    await until(async () => ((await groupOf('a8')) as { ready: number }).ready === 1);
  });

  it('returns what was handed out to it while its reader went', async () => {
    await publish('a7', 1);
    let release = (): void => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    http.router.beforeAnswer = (kind) => (kind === 'receive' ? released : Promise.resolve());
    const reader = await Reader.open(port, '/a7/groups/g/stream');
    await until(async () => ((await groupOf('a7')) as { inFlight: number }).inFlight === 1);
    reader.close();
    await until(() => reader.isClosed);
    release();
    http.router.beforeAnswer = undefined;
    await until(async () => ((await groupOf('a7')) as { ready: number }).ready === 1);
    const { body } = await http.post('/a7/groups/g/receive', {});
    expect(body).toMatchObject({ messages: [{ body: 1, deliveries: 1 }] });
  });

  it('sees that messages were acknowledged elsewhere', async () => {
    await publish('a4', 1, 2);
    const reader = await Reader.open(port, '/a4/groups/g/stream?prefetch=1&visibilityMs=1000');
    await reader.received(1);
    // Its visibility passes: as unseen by this node as an acknowledgement at another one.
    http.router.pass(1_001);
    await reader.received(2);
    expect(reader.messages[0]?.body).toBe(1);
    reader.close();
  });

  it('ends with the reason when its topic is gone', async () => {
    await publish('a5', 1);
    const reader = await Reader.open(port, '/a5/groups/g/stream');
    await reader.received(1);
    await http.delete('/a5');
    await publish('a6', 1);
    // Hints of the topic are over; the next watch tells.
    await until(() => reader.has('event: problem'));
    expect(reader.has('"code":"TOPIC_NOT_FOUND"')).toBe(true);
  });

  it('ends with the reason when its node stops, whether it waits or is full, and returns what it has', async () => {
    const stopping = await QueuesHttp.start();
    const ownPort = await stopping.listen();
    await stopping.post('/a1/messages', { messages: [{ body: 1 }] });
    await stopping.put('/a2');
    const full = await Reader.open(ownPort, '/a1/groups/g/stream?prefetch=1');
    const waiting = await Reader.open(ownPort, '/a2/groups/g/stream');
    await full.received(1);
    await stopping.stop();
    for (const reader of [full, waiting]) {
      await until(() => reader.isClosed);
      expect(reader.has('event: problem')).toBe(true);
      expect(reader.has('"status":503,"code":"SHUTTING_DOWN"')).toBe(true);
    }
    expect(stopping.router.asked).toContain('execute return');
  });

  it('is refused before it begins where there is no topic, and has no HEAD', async () => {
    expect(await http.get('/none/groups/g/stream')).toMatchObject(problem(404, 'TOPIC_NOT_FOUND'));
    expect((await http.ask('HEAD', '/a1/groups/g/stream')).status).toBe(405);
    for (const query of ['prefetch=0', 'prefetch=1001', 'visibilityMs=99', 'colour=red']) {
      expect(await http.get(`/a1/groups/g/stream?${query}`)).toMatchObject(
        problem(400, 'VALIDATION_FAILED'),
      );
    }
  });
});
