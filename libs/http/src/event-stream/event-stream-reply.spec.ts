import { Controller, Get, Res } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { HttpRequestDuration } from '@sinkron/observability';
import type { FastifyReply } from 'fastify';
import { EVENT_STREAM_BEHIND_BYTES_MAX, EVENT_STREAM_COMMENT_INTERVAL_MS } from '../limits.js';
import { EventStream, Permission } from '../route/route-decorators.js';
import { openSocket, startHttpApplication, type Exchange } from '../testing/http-application.js';
import { EventStreamReply } from './event-stream-reply.js';
import { eventText, positionText, RESET_TEXT } from './event-text.js';
import { LastEventId } from './last-event-id.js';

interface Opened {
  readonly stream: EventStreamReply;
  readonly lastEventId: string | undefined;
}

let opened: Opened[] = [];

async function next(): Promise<Opened> {
  for (;;) {
    const found = opened.shift();
    if (found !== undefined) return found;
    await new Promise(setImmediate);
  }
}

@Controller('v1/streams')
class StreamsController {
  @Get()
  @EventStream()
  @Permission('streams', 'read')
  stream(@LastEventId() lastEventId: string | undefined, @Res() reply: FastifyReply): void {
    opened.push({ stream: EventStreamReply.open(reply), lastEventId });
  }
}

const GET = 'GET /v1/streams HTTP/1.1\r\nhost: x\r\n';

function ended(stream: EventStreamReply): Promise<void> {
  return new Promise((resolve) => stream.onEnd(resolve));
}

describe('EventStreamReply', () => {
  let app: NestFastifyApplication;
  let port = 0;
  let sockets: Exchange[] = [];

  function open(text = `${GET}\r\n`): Exchange {
    const socket = openSocket(port, text);
    sockets.push(socket);
    return socket;
  }

  beforeEach(async () => {
    ({ app, port } = await startHttpApplication({ controllers: [StreamsController] }));
  });
  afterEach(async () => {
    for (const socket of sockets) socket.destroy();
    sockets = [];
    opened = [];
    await app.close();
  });

  it('sends the head at once and events as they come', async () => {
    const socket = open();
    const { stream, lastEventId } = await next();
    expect(lastEventId).toBeUndefined();
    const head = await socket.received(/\r\n\r\n$/);
    expect(head).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(head).toContain('content-type: text/event-stream; charset=utf-8\r\n');
    expect(head).toContain('x-request-id: ');
    stream.write(positionText('1-0'));
    stream.write(RESET_TEXT);
    stream.write(eventText({ id: '1-1', event: 'granted', data: { text: 'a\nb\r\u2028' } }));
    const text = await socket.received(/granted[^]*\n\n/);
    expect(text.replace(/\r\n[0-9a-f]+\r\n/g, '')).toContain(
      [
        ': position\nid: 1-0\n\n',
        'event: reset\ndata: {}\n\n',
        'id: 1-1\nevent: granted\ndata: {"text":"a\\nb\\r',
      ].join(''),
    );
  });

  it('reads the Last-Event-ID, of which an empty one is none', async () => {
    open(`${GET}last-event-id: 5-1\r\n\r\n`);
    expect((await next()).lastEventId).toBe('5-1');
    open(`${GET}last-event-id:\r\n\r\n`);
    expect((await next()).lastEventId).toBeUndefined();
  });

  it('sends a comment every 15 s', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
    try {
      const socket = open();
      await next();
      jest.advanceTimersByTime(EVENT_STREAM_COMMENT_INTERVAL_MS - 1);
      const before = await socket.received(/\r\n\r\n$/);
      expect(before).not.toContain(': alive');
      jest.advanceTimersByTime(1);
      await socket.received(/: alive\n\n/);
      jest.advanceTimersByTime(EVENT_STREAM_COMMENT_INTERVAL_MS);
      await socket.received(/: alive\n\n[^]*: alive\n\n/);
    } finally {
      jest.useRealTimers();
    }
  });

  it('ends when its reader goes', async () => {
    const socket = open();
    const { stream } = await next();
    socket.destroy();
    await ended(stream);
    expect(stream.isEnded).toBe(true);
    stream.write('into the void');
    await ended(stream);
  });

  it('tells a reader 1 MiB behind that it is, and closes it', async () => {
    const socket = open();
    const { stream } = await next();
    await socket.received(/\r\n\r\n$/);
    socket.pause();
    const text = eventText({ id: '1-1', event: 'granted', data: 'x'.repeat(100_000) });
    let written = 0;
    while (!stream.isEnded) {
      stream.write(text);
      written += text.length;
      await new Promise(setImmediate);
    }
    expect(written).toBeGreaterThan(EVENT_STREAM_BEHIND_BYTES_MAX);
    socket.resume();
    const all = await socket.received(/0\r\n\r\n$/);
    expect(all).toMatch(/event: overflow\ndata: \{\}\n\n\r\n0\r\n\r\n$/);
  });

  it('is not counted among the answers whose time is measured', async () => {
    const observe = jest.spyOn(app.get(HttpRequestDuration), 'observe');
    const socket = open();
    (await next()).stream.end();
    await socket.received(/0\r\n\r\n$/);
    socket.send('GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n');
    while (observe.mock.calls.length === 0) await new Promise(setImmediate);
    expect(observe.mock.calls.map(([{ route }]) => route)).toEqual(['/health/live']);
  });

  it('ends when the server closes', async () => {
    const socket = open();
    const { stream } = await next();
    await app.close();
    expect(stream.isEnded).toBe(true);
    expect(await socket.closed).toMatch(/0\r\n\r\n$/);
  });
});
