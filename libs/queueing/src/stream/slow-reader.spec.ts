import { QueuesService } from '../service/queues.service.js';
import { QueuesHttp } from '../testing/queues-http.js';
import { MessageStream, type MessageSink } from './message-stream.js';

jest.mock('./limits.js', () => ({
  ...jest.requireActual<object>('./limits.js'),
  STALL_MS: 50,
}));

/** A reader that takes the first text, and nothing from then on. */
class SlowSink implements MessageSink {
  readonly texts: string[] = [];
  isEnded = false;
  private readonly listeners: (() => void)[] = [];

  get isDrained(): boolean {
    return this.texts.length === 0;
  }

  write(text: string): void {
    this.texts.push(text);
  }

  onEnd(listener: () => void): void {
    this.listeners.push(listener);
  }

  end(): void {
    this.isEnded = true;
    for (const listener of this.listeners.splice(0)) listener();
  }
}

describe('A stream whose reader takes nothing', () => {
  let http: QueuesHttp;

  beforeAll(async () => {
    http = await QueuesHttp.start();
  });
  afterAll(() => http.stop());

  it('ends with overflow, and its messages are ready for others as if nobody had had them', async () => {
    await http.post('/a1/messages', { messages: [{ body: 1 }, { body: 2 }, { body: 3 }] });
    await http.put('/a1/groups/g');
    const sink = new SlowSink();
    const terms = { topic: 'a1', group: 'g', consumer: 'w', prefetch: 2, visibilityMs: null };
    await new MessageStream(http.application.get(QueuesService), sink, terms).run();
    expect(sink.texts).toEqual([
      expect.stringMatching(/^id: \S+\nevent: message\ndata: /),
      'event: overflow\ndata: {}\n\n',
    ]);
    while (http.router.asked.at(-1) !== 'execute return') await new Promise(setImmediate);
    expect((await http.get('/a1/groups/g')).body).toMatchObject({ ready: 3, inFlight: 0 });
    const { body } = await http.post('/a1/groups/g/receive', { max: 10 });
    expect(body).toMatchObject({
      messages: [
        { body: 1, deliveries: 1 },
        { body: 2, deliveries: 1 },
        { body: 3, deliveries: 1 },
      ],
    });
  });
});
