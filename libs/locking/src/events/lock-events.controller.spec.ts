import { connect, type Socket } from 'node:net';
import { ProblemError } from '@sinkron/http';
import type { LockEvent } from '../core/commands/lock-event.js';
import { problem } from '../testing/answers.js';
import { LocksHttp } from '../testing/locks-http.js';

const event: LockEvent = {
  id: '2-1',
  kind: 'granted',
  name: 'a',
  owner: 'one',
  sessionId: null,
  mode: 'exclusive',
  token: 7,
  atMs: Date.UTC(2026, 0, 1),
};

/** A raw reader, that sees the bytes as they are sent. */
class Reader {
  text = '';
  private readonly socket: Socket;
  private readonly watchers = new Set<() => void>();
  readonly closed: Promise<void>;

  constructor(port: number, request: string) {
    this.socket = connect(port, '127.0.0.1');
    this.socket.on('data', (chunk: Buffer) => {
      this.text += chunk.toString();
      for (const watch of this.watchers) watch();
    });
    this.closed = new Promise((resolve) => this.socket.on('close', () => resolve()));
    this.socket.write(`${request}\r\nhost: x\r\n\r\n`);
  }

  received(pattern: RegExp): Promise<void> {
    return new Promise((resolve) => {
      const watch = (): void => {
        if (pattern.test(this.text)) resolve();
      };
      this.watchers.add(watch);
      watch();
    });
  }

  destroy(): void {
    this.socket.destroy();
  }
}

describe('GET /v1/lock-events', () => {
  const asked: { after: string | null; prefix: string }[] = [];
  let events: LockEvent[] = [];
  let failure: Error | undefined;
  const query = async (_target: object, body: { after: string | null; prefix: string }) => {
    asked.push(body);
    if (failure !== undefined) throw failure;
    const page = { events, last: events.at(-1)?.id ?? body.after ?? '1-0', reset: false };
    events = [];
    return page;
  };
  let http: LocksHttp;
  let port = 0;
  const readers: Reader[] = [];

  function read(request: string): Reader {
    const reader = new Reader(port, request);
    readers.push(reader);
    return reader;
  }

  beforeAll(async () => {
    http = await LocksHttp.start({ router: { query }, locks: {} });
    port = await http.listen();
  });
  afterEach(() => {
    failure = undefined;
    for (const reader of readers.splice(0)) reader.destroy();
  });
  afterAll(() => http.stop());

  it('is a stream of events with the headers that keep it one', async () => {
    const reader = read('GET /v1/lock-events HTTP/1.1\r\nx-request-id: r1');
    await reader.received(/id: 1-0\n\n/);
    events.push(event);
    await reader.received(/token/);
    const [head = '', body = ''] = reader.text.split(/\r\n\r\n([^]*)/);
    expect(head).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(head).toContain('content-type: text/event-stream; charset=utf-8');
    expect(head).toContain('cache-control: no-cache, no-transform');
    expect(head).toContain('x-content-type-options: nosniff');
    expect(head).toContain('x-request-id: r1');
    expect(head).toContain('x-sinkron-node: node1');
    expect(body).toContain(
      'id: 2-1\nevent: granted\ndata: {"name":"a","owner":"one","sessionId":null,"mode":"exclusive","token":7,"at":"2026-01-01T00:00:00.000Z"}\n\n',
    );
  });

  it('asks from Last-Event-ID and for the prefix', async () => {
    asked.length = 0;
    read('GET /v1/lock-events?prefix=orders%2F HTTP/1.1\r\nlast-event-id: 5-1');
    while (asked.length === 0) await new Promise(setImmediate);
    expect(asked[0]).toMatchObject({ after: '5-1', prefix: 'orders/' });
  });

  it('refuses before the stream has begun', async () => {
    failure = new ProblemError('NO_LEADER', 'none');
    const answer = await http.get('/lock-events');
    expect(answer).toMatchObject(problem(503, 'NO_LEADER'));
    expect(answer.headers['content-type']).toBe('application/problem+json');
    failure = undefined;
    expect(await http.get('/lock-events?color=red')).toMatchObject(
      problem(400, 'VALIDATION_FAILED'),
    );
  });

  it('has no HEAD', async () => {
    const reader = read('HEAD /v1/lock-events HTTP/1.1\r\nconnection: close');
    await reader.closed;
    expect(reader.text).toMatch(/^HTTP\/1\.1 405 [^]*\r\nallow: GET\r\n/);
  });

  it('ends when the node stops, and does not keep it from stopping', async () => {
    const reader = read('GET /v1/lock-events HTTP/1.1');
    await reader.received(/id: 1-0\n\n/);
    await http.stop();
    await reader.closed;
    expect(reader.text).toMatch(/0\r\n\r\n$/);
  });
});
