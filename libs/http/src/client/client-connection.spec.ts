import { Controller, Get } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Name } from '../request/name.js';
import { Permission } from '../route/route-decorators.js';
import { openSocket, startHttpApplication, type Exchange } from '../testing/http-application.js';
import type { ClientConnection } from './client-connection.js';
import { Client } from './client.js';

/** One request under way, as its handler sees it. */
interface Call {
  readonly client: ClientConnection;
  readonly answer: (value: object) => void;
}

const calls = new Map<string, Call>();

async function call(name: string): Promise<Call> {
  for (;;) {
    const found = calls.get(name);
    if (found !== undefined) return found;
    await new Promise(setImmediate);
  }
}

@Controller('v1/calls')
class CallsController {
  @Get(':name')
  @Permission('calls', 'read')
  wait(@Name('name') name: string, @Client() client: ClientConnection): Promise<object> {
    return new Promise((answer) => calls.set(name, { client, answer }));
  }
}

const get = (name: string, head = ''): string =>
  `GET /v1/calls/${name} HTTP/1.1\r\nhost: x\r\n${head}\r\n`;

function aborted({ gone }: ClientConnection): Promise<void> {
  return new Promise((resolve) => {
    if (gone.aborted) resolve();
    else gone.addEventListener('abort', () => resolve());
  });
}

describe('Client', () => {
  let app: NestFastifyApplication;
  let port = 0;
  let sockets: Exchange[] = [];

  function open(text: string): Exchange {
    const socket = openSocket(port, text);
    sockets.push(socket);
    return socket;
  }

  beforeAll(async () => {
    ({ app, port } = await startHttpApplication({ controllers: [CallsController] }));
  });
  afterEach(() => {
    for (const socket of sockets) socket.destroy();
    sockets = [];
    calls.clear();
  });
  afterAll(() => app.close());

  it('is gone when its connection closes before the answer', async () => {
    const socket = open(get('a'));
    const { client } = await call('a');
    expect(client.gone.aborted).toBe(false);
    const told: string[] = [];
    client.onGone(() => told.push('before'));
    socket.destroy();
    await aborted(client);
    client.onGone(() => told.push('after'));
    expect(told).toEqual(['before', 'after']);
  });

  it('is gone when it looks after the connection was closed', async () => {
    const socket = open(get('early') + get('late'));
    const [early, late] = [await call('early'), await call('late')];
    socket.destroy();
    await aborted(early.client);
    expect(late.client.gone.aborted).toBe(true);
  });

  it('is gone when it says that it sends no more, as nothing is sent to it then', async () => {
    const socket = open(get('a'));
    const { client } = await call('a');
    socket.finish();
    await aborted(client);
  });

  it('is not gone when the connection closes behind the answer', async () => {
    const socket = open(get('a') + get('b'));
    const [a, b] = [await call('a'), await call('b')];
    expect([a.client.gone.aborted, b.client.gone.aborted]).toEqual([false, false]);
    a.answer({ done: 'a' });
    await socket.received(/"done":"a"/);
    socket.destroy();
    await aborted(b.client);
    expect(a.client.gone.aborted).toBe(false);
  });

  it.each([
    ['asked to close', get('a', 'connection: close\r\n')],
    ['of HTTP/1.0', 'GET /v1/calls/a HTTP/1.0\r\n\r\n'],
  ])(
    'is not gone when the server closes a connection %s behind the answer',
    async (_which, text) => {
      const socket = open(text);
      const { client, answer } = await call('a');
      void client.gone;
      answer({ done: 'a' });
      expect(await socket.closed).toMatch(/"done":"a"/);
      expect(client.gone.aborted).toBe(false);
    },
  );

  it('is not gone when another request of a kept connection is cut off', async () => {
    const socket = open(get('first'));
    const first = await call('first');
    void first.client.gone;
    first.answer({ done: 'first' });
    await socket.received(/"done":"first"/);
    socket.send(get('second'));
    const second = await call('second');
    void second.client.gone;
    socket.destroy();
    await aborted(second.client);
    expect(first.client.gone.aborted).toBe(false);
  });

  it('is gone when its answer waits for that of an earlier request of the connection', async () => {
    const socket = open(get('first') + get('second'));
    const [first, second] = [await call('first'), await call('second')];
    void second.client.gone;
    second.answer({ done: 'second' });
    void first.client.gone;
    socket.destroy();
    await aborted(first.client);
    expect(second.client.gone.aborted).toBe(true);
  });

  it('is gone when it has taken only a part of the answer', async () => {
    const socket = open(get('a'));
    const { client, answer } = await call('a');
    void client.gone;
    answer({ text: 'x'.repeat(50_000_000) });
    await socket.received(/^HTTP/);
    socket.pause();
    expect(client.gone.aborted).toBe(false);
    socket.destroy();
    await aborted(client);
  });

  it('is one listener to a connection, however many requests are under way', async () => {
    const warnings: Error[] = [];
    const listen = (warning: Error): void => void warnings.push(warning);
    process.on('warning', listen);
    const names = Array.from({ length: 30 }, (_, index) => `n${index}`);
    const socket = open(names.map((name) => get(name)).join(''));
    const clients = await Promise.all(names.map(async (name) => (await call(name)).client));
    for (const client of clients) void client.gone;
    socket.destroy();
    await Promise.all(clients.map(aborted));
    await new Promise(setImmediate);
    process.off('warning', listen);
    expect(warnings).toEqual([]);
  });

  it('is there for requests that have no socket', async () => {
    const answer = app.inject({ method: 'GET', url: '/v1/calls/injected' });
    const { client, answer: end } = await call('injected');
    expect(client.gone.aborted).toBe(false);
    end({ done: true });
    expect((await answer).json()).toEqual({ done: true });
    expect(client.gone.aborted).toBe(false);
  });
});
