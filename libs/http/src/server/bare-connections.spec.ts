import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { HTTP_TIMEOUTS } from '../limits.js';
import { PROBLEMS, type ProblemCode } from '../problem/problems.js';
import { openSocket, startHttpApplication } from '../testing/http-application.js';
import { Latch, ThingsController } from '../testing/things.controller.js';

const ALIVE = 'GET /v1/things/a HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n';

/** The messages on a connection, each with its status, headers and body. */
function messagesOf(text: string) {
  return text
    .split(/(?=HTTP\/1\.1 \d{3} )/)
    .filter((message) => message !== '')
    .map((message) => {
      const [head = '', body = ''] = message.split('\r\n\r\n', 2);
      const [first = '', ...lines] = head.split('\r\n');
      const headers = new Map(
        lines.map((line): [string, string] => {
          const [name = '', ...value] = line.split(': ');
          return [name.toLowerCase(), value.join(': ')];
        }),
      );
      return { status: Number(first.split(' ')[1]), headers, body };
    });
}

function expectProblem(text: string, code: ProblemCode, rest: Record<string, unknown>): void {
  const messages = messagesOf(text);
  expect(messages).toHaveLength(1);
  const [message] = messages;
  expect(message?.status).toBe(PROBLEMS[code].status);
  expect(message?.headers.get('content-type')).toBe('application/problem+json');
  expect(message?.headers.get('connection')).toBe('close');
  expect(message?.headers.get('x-sinkron-node')).toBe('node1');
  expect(message?.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  expect(message?.headers.get('content-length')).toBe(
    String(Buffer.byteLength(message?.body ?? '')),
  );
  expect(JSON.parse(message?.body ?? '')).toEqual({
    type: `urn:sinkron:problem:${code.toLowerCase().replaceAll('_', '-')}`,
    title: PROBLEMS[code].title,
    status: PROBLEMS[code].status,
    code,
    ...rest,
  });
}

const invalid = (field: string, message: string) => ({
  detail: `${field} ${message}`,
  errors: [{ field, message }],
});

describe('Connections whose bytes are not the HTTP that a client library sends', () => {
  let app: NestFastifyApplication;
  let port = 0;

  beforeAll(async () => {
    ({ app, port } = await startHttpApplication({
      timeouts: {
        ...HTTP_TIMEOUTS,
        headersTimeoutMs: 300,
        requestTimeoutMs: 400,
        checkIntervalMs: 20,
      },
    }));
  });

  afterEach(async () => {
    const [answer] = messagesOf(await openSocket(port, ALIVE).closed);
    expect([answer?.status, answer?.body]).toEqual([200, '{"name":"a"}']);
  });

  afterAll(() => app.close());

  it.each(['*', '*?limit=1', 'ftp://x/v1/things/a'])('the target %s', async (target) => {
    const text = await openSocket(
      port,
      `GET ${target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`,
    ).closed;
    expectProblem(text, 'VALIDATION_FAILED', invalid('url', 'must be percent-encoded UTF-8'));
  });

  it.each([
    ['garbage', 'nonsense\r\n\r\n'],
    ['TLS', Buffer.from('16030100c8010000c40303', 'hex')],
    ['binary', Buffer.alloc(4_096, 0xff)],
    ['an unknown method', 'FETCH / HTTP/1.1\r\nhost: x\r\n\r\n'],
    ['an unknown version', 'GET / HTTP/9.9\r\nhost: x\r\n\r\n'],
    ['a header without a name', 'GET / HTTP/1.1\r\nhost: x\r\n: y\r\n\r\n'],
    [
      'a length that is none',
      'POST /v1/things/refused HTTP/1.1\r\nhost: x\r\ncontent-length: x\r\n\r\n',
    ],
    [
      'two lengths',
      'POST /v1/things/refused HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n',
    ],
    [
      'a length and chunks, as request smugglers send',
      'POST /v1/things/refused HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
  ])('%s', async (_name, bytes) => {
    const text = await openSocket(port, bytes).closed;
    expectProblem(text, 'VALIDATION_FAILED', invalid('request', 'must be HTTP/1.1'));
  });

  it('a chunk without a size, after the headers have been taken', async () => {
    const socket = openSocket(
      port,
      'POST /v1/things/refused HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n' +
        'content-type: application/json\r\n\r\nzz\r\n',
    );
    expectProblem(await socket.closed, 'VALIDATION_FAILED', invalid('request', 'must be HTTP/1.1'));
  });

  it('headers of 40 KiB', async () => {
    const header = `x-large: ${'a'.repeat(40_960)}\r\n`;
    const text = await openSocket(port, `GET / HTTP/1.1\r\nhost: x\r\n${header}\r\n`).closed;
    expectProblem(text, 'HEADERS_TOO_LARGE', {
      detail: 'the headers are larger than 16384 bytes together',
    });
  });

  it('many small headers of 40 KiB together', async () => {
    const headers = Array.from({ length: 400 }, (_, i) => `x-${i}: ${'a'.repeat(94)}\r\n`).join('');
    const text = await openSocket(port, `GET / HTTP/1.1\r\nhost: x\r\n${headers}\r\n`).closed;
    expectProblem(text, 'HEADERS_TOO_LARGE', {
      detail: 'the headers are larger than 16384 bytes together',
    });
  });

  it('a URL of 40 KiB', async () => {
    const url = `/v1/things/${'a'.repeat(40_960)}`;
    expectProblem(
      await openSocket(port, `GET ${url} HTTP/1.1\r\nhost: x\r\n\r\n`).closed,
      'URI_TOO_LONG',
      { detail: 'the URL or a name in it is too long; a URL has at most 8192 bytes' },
    );
  });

  it('a URL with bytes that are not ASCII', async () => {
    const text = await openSocket(
      port,
      'GET /v1/things/é HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n',
    ).closed;
    expectProblem(text, 'VALIDATION_FAILED', invalid('url', 'must be percent-encoded UTF-8'));
  });

  it('no Host', async () => {
    const text = await openSocket(port, 'GET /v1/things/a HTTP/1.1\r\nconnection: close\r\n\r\n')
      .closed;
    expectProblem(text, 'VALIDATION_FAILED', invalid('Host', 'must be sent'));
  });

  it('half a request, then silence', async () => {
    expectProblem(
      await openSocket(port, 'GET /v1/things/a HTTP/1.1\r\nhost: x\r\n').closed,
      'REQUEST_TIMEOUT',
      { detail: 'the request did not arrive in time' },
    );
  });

  it('a body that comes too slowly', async () => {
    expectProblem(
      await openSocket(
        port,
        'POST /v1/things/refused HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n' +
          'content-length: 100\r\n\r\n{"a":',
      ).closed,
      'REQUEST_TIMEOUT',
      { detail: 'the request did not arrive in time' },
    );
  });

  it('a client that leaves in the middle of its body', async () => {
    const socket = openSocket(
      port,
      'POST /v1/things/refused HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n' +
        'content-length: 100\r\n\r\n{"a":',
    );
    socket.destroy();
    expect(await socket.closed).toBe('');
  });

  it('a body of 2 MiB, announced and in chunks', async () => {
    const head =
      'POST /v1/things/refused HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n';
    const detail = 'the body is larger than this route takes';
    const announced = openSocket(port, `${head}content-length: 2097152\r\n\r\n`);
    announced.send(Buffer.alloc(2_097_152, 0x20));
    expectProblem(await announced.received(/\}$/), 'PAYLOAD_TOO_LARGE', { detail });
    announced.destroy();

    const chunked = openSocket(port, `${head}transfer-encoding: chunked\r\n\r\n200000\r\n`);
    chunked.send(Buffer.alloc(2_097_152, 0x20));
    expectProblem(await chunked.received(/\}$/), 'PAYLOAD_TOO_LARGE', { detail });
    chunked.destroy();
  });

  it('requests behind each other, answered in order', async () => {
    const one = (name: string) => `GET /v1/things/${name} HTTP/1.1\r\nhost: x\r\n\r\n`;
    const text = await openSocket(port, one('1') + one('%zz') + one('3') + ALIVE).closed;
    expect(messagesOf(text).map(({ status, body }) => [status, JSON.parse(body).name])).toEqual([
      [200, '1'],
      [400, undefined],
      [200, '3'],
      [200, 'a'],
    ]);
  });

  it('garbage behind a request that is answered', async () => {
    const socket = openSocket(port, 'GET /v1/things/1 HTTP/1.1\r\nhost: x\r\n\r\n');
    await socket.received(/\{"name":"1"\}/);
    socket.send('nonsense\r\n\r\n');
    const messages = messagesOf(await socket.closed);
    expect(messages.map(({ status }) => status)).toEqual([200, 400]);
  });

  it('garbage behind a request that still runs: no answer that could be taken for its own', async () => {
    ThingsController.latch = new Latch();
    const socket = openSocket(port, 'GET /v1/things/slow HTTP/1.1\r\nhost: x\r\n\r\n');
    await ThingsController.latch.entered;
    socket.send('nonsense\r\n\r\n');
    expect(await socket.closed).toBe('');
    ThingsController.latch.release();
  });

  it('an expectation that nobody knows, which is ignored', async () => {
    const text = await openSocket(
      port,
      'GET /v1/things/a HTTP/1.1\r\nhost: x\r\nexpect: tea\r\nconnection: close\r\n\r\n',
    ).closed;
    expect(messagesOf(text).map(({ status }) => status)).toEqual([200]);
  });

  it('a request to open a tunnel', async () => {
    const text = await openSocket(port, 'CONNECT example.com:443 HTTP/1.1\r\nhost: x\r\n\r\n')
      .closed;
    expectProblem(text, 'METHOD_NOT_ALLOWED', { detail: 'this is not a proxy' });
  });

  it('a request to speak another protocol, which is answered in this one', async () => {
    const text = await openSocket(
      port,
      'GET /v1/things/a HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\nconnection: upgrade, close\r\n\r\n',
    ).received(/\}$/);
    expect(messagesOf(text).map(({ status }) => status)).toEqual([200]);
  });
});
