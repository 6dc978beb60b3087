import { expectInvalid, expectProblem } from './expect-problem.js';
import { RawSocket, type RawAnswer } from './raw-socket.js';
import { RealNode } from './real-node.js';

/** Held for longer than these tests take on a slow machine. */
const LOCK = { owner: 'one', ttlMs: 600_000 };

let node: RealNode;
let token: number;
let before: readonly unknown[];
const sockets: RawSocket[] = [];

beforeAll(async () => {
  node = await RealNode.start();
  token = (await node.post('/v1/locks/a/acquire', LOCK)).body.token;
  before = await node.locks();
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  // The process lives, and nothing has changed.
  expect(await node.locks()).toEqual(before);
});
afterAll(async () => {
  await node.stop();
});

function open(bytes: string | Buffer): RawSocket {
  const socket = new RawSocket(node.httpPort);
  sockets.push(socket);
  socket.send(bytes);
  return socket;
}

const sent = async (bytes: string | Buffer): Promise<RawAnswer> => await open(bytes).last();

const get = (path: string, headers = ''): string =>
  `GET ${path} HTTP/1.1\r\nHost: x\r\n${headers}\r\n`;
const release = (body: string, length = Buffer.byteLength(body)): string =>
  'POST /v1/locks/a/release HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n' +
  `Content-Length: ${length}\r\n\r\n${body}`;

describe('Bytes that are not HTTP', () => {
  it.each([
    ['words', 'hello there\r\n\r\n'],
    ['a Redis command', '*1\r\n$4\r\nPING\r\n'],
    ['a TLS hello', Buffer.from('16030100c8010000c40303', 'hex')],
    ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['zeros', Buffer.alloc(1_024)],
    ['a header without a name', 'GET / HTTP/1.1\r\nHost: x\r\n: y\r\n\r\n'],
    ['two lengths', 'GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n'],
    [
      'a length and chunks',
      'POST /v1/locks/a/release HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    ['a negative length', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n'],
  ])('%s', async (_what, bytes) => {
    const answer = await sent(bytes);
    expectInvalid(answer, { field: 'request', message: 'must be HTTP/1.1' });
    expect(answer.headers['connection']).toBe('close');
  });

  it('end that connection and no other', async () => {
    const good = open(get('/v1/locks/a'));
    await good.until(1);
    await sent('nonsense\r\n\r\n');
    good.send(get('/v1/locks/a'));
    expect((await good.until(2)).map(({ status }) => status)).toEqual([200, 200]);
  });
});

describe('Requests of a strange kind', () => {
  it('without Host', async () => {
    expectInvalid(await sent('GET / HTTP/1.1\r\nConnection: close\r\n\r\n'), {
      field: 'Host',
      message: 'must be sent',
    });
    expect((await sent('GET / HTTP/1.0\r\n\r\n')).status).toBe(200);
  });

  it.each(['é', '\u0001', '\u007f'])('with the bare byte %j in the URL', async (byte) => {
    const answer = await sent(get(`/v1/locks/${byte}`, 'Connection: close\r\n'));
    expect([answer.status, answer.headers['content-type']]).toEqual([
      400,
      'application/problem+json',
    ]);
  });

  it('with a fragment, which the router would read as a query', async () => {
    expectInvalid(await sent(get('/v1/locks#limit=0', 'Connection: close\r\n')), {
      field: 'url',
      message: 'must be percent-encoded UTF-8',
    });
  });

  it('with the whole URL, as to a proxy', async () => {
    const headers = 'Connection: close\r\n';
    expect((await sent(get('http://x/v1/locks/a', headers))).body).toMatchObject({ name: 'a' });
    const wrong = get('http://x/v1/locks', headers).replace('GET', 'DELETE');
    const answer = await sent(wrong);
    expectProblem(answer, 'METHOD_NOT_ALLOWED', {
      detail: '/v1/locks takes GET, HEAD, not DELETE',
    });
    expect(answer.headers['allow']).toBe('GET, HEAD');
  });

  it('CONNECT', async () => {
    const answer = await sent('CONNECT example.org:443 HTTP/1.1\r\nHost: x\r\n\r\n');
    expectProblem(answer, 'METHOD_NOT_ALLOWED', { detail: 'this is not a proxy' });
  });

  it('with a body behind GET, which is not looked at', async () => {
    const body = '{"limit":0';
    const answer = await sent(
      get('/v1/locks/a', `Connection: close\r\nContent-Length: ${body.length}\r\n`) + body,
    );
    expect(answer.status).toBe(200);
  });

  it('that ask for an upgrade or expect something, which are answered as if they did not', async () => {
    const upgrade = 'Connection: Upgrade, close\r\nUpgrade: websocket\r\n';
    expect((await sent(get('/', upgrade))).status).toBe(200);
    const expectation = 'Expect: miracles\r\nConnection: close\r\n';
    expect((await sent(get('/', expectation))).status).toBe(200);
  });
});

describe('Requests that are too large', () => {
  const tooLarge = { detail: 'the headers are larger than 16384 bytes together' };
  const tooLong = {
    detail: 'the URL or a name in it is too long; a URL has at most 8192 bytes',
  };

  it('headers of 40 KiB, in one or in many', async () => {
    const one = `X-Large: ${'a'.repeat(40_960)}\r\n`;
    expectProblem(await sent(get('/', one)), 'HEADERS_TOO_LARGE', tooLarge);
    const many = Array.from({ length: 400 }, (_, i) => `X-${i}: ${'a'.repeat(94)}\r\n`).join('');
    expectProblem(await sent(get('/', many)), 'HEADERS_TOO_LARGE', tooLarge);
  });

  it('headers without end: the sender learns why while it still sends', async () => {
    const socket = open('GET / HTTP/1.1\r\nHost: x\r\n');
    for (let index = 0; socket.answers.length === 0 && index < 1_000; index += 1) {
      socket.send(`X-${index}: ${'a'.repeat(4_096)}\r\n`);
      await new Promise((resolve) => setImmediate(resolve));
    }
    socket.send(`X-more: ${'a'.repeat(100_000)}\r\n`);
    expectProblem(await socket.last(), 'HEADERS_TOO_LARGE', tooLarge);
  });

  it('a URL of 30,000 bytes, also as the second request of a connection', async () => {
    const long = get(`/${'a'.repeat(30_000)}`);
    expectProblem(await sent(long), 'URI_TOO_LONG', tooLong);
    const socket = open(get('/'));
    await socket.until(1);
    socket.send(long);
    const [first, second] = await socket.until(2);
    expect(first?.status).toBe(200);
    if (second === undefined) throw new Error('there is no second answer');
    expectProblem(second, 'URI_TOO_LONG', tooLong);
  });

  it('a body of 2 MiB, with its length or in chunks', async () => {
    const body = 'x'.repeat(2_097_152);
    const detail = 'the body is larger than this route takes';
    expectProblem(await sent(release(body)), 'PAYLOAD_TOO_LARGE', { detail });
    const chunked = release('').replace('Content-Length: 0', 'Transfer-Encoding: chunked');
    const chunks = `${chunked}${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
    expectProblem(await sent(chunks), 'PAYLOAD_TOO_LARGE', { detail });
  });

  it('a length that nobody could send is refused before anything comes', async () => {
    expectProblem(await sent(release('', 9_000_000_000)), 'PAYLOAD_TOO_LARGE', {
      detail: 'the body is larger than this route takes',
    });
  });
});

describe('Half requests', () => {
  it.each([
    ['half a first line', 'POST /v1/locks/a/rel'],
    ['half the headers', 'POST /v1/locks/a/release HTTP/1.1\r\nHost: x\r\nContent-Le'],
    ['half a body', release('{"owner":"one","token":', 100)],
  ])('%s, and the client is gone', async (_what, bytes) => {
    const socket = open(bytes);
    // The node has read it when it has answered a later request on another connection.
    await node.get('/');
    socket.destroy();
    await socket.closed;
    expect(socket.answers).toEqual([]);
  });

  it('a body that comes byte by byte is read', async () => {
    const [head = '', body = ''] = release('{"owner":"two","token":1}').split(/(?<=\r\n\r\n)/);
    const socket = open(head);
    for (const character of body) {
      socket.send(character);
      await new Promise((resolve) => setImmediate(resolve));
    }
    const [answer] = await socket.until(1);
    expect(answer?.body).toMatchObject({ code: 'NOT_HOLDER' });
  });
});

describe('Requests one behind the other on one connection', () => {
  it('are answered in their order', async () => {
    const socket = open(
      get('/v1/locks/a', 'X-Request-Id: r1\r\n') +
        release(`{"owner":"two","token":${token}}`) +
        get('/v1/locks/free') +
        get('/v1/locks?limit=0') +
        get('/nothing') +
        get('/', 'X-Request-Id: r6\r\n'),
    );
    const answers = await socket.until(6);
    expect(answers.map(({ status }) => status)).toEqual([200, 409, 404, 400, 404, 200]);
    expect(answers[0]?.headers['x-request-id']).toBe('r1');
    expect(answers[5]?.headers['x-request-id']).toBe('r6');
  });

  it('are worked on until one is not HTTP', async () => {
    const socket = open(`${get('/v1/locks/a')}${get('/v1/locks/free')}nonsense\r\n\r\n`);
    await socket.closed;
    // The answers before the nonsense may be cut off with the connection, but never mixed up.
    const statuses = socket.answers.map(({ status }) => status);
    expect([200, 404, 400].slice(0, statuses.length)).toEqual(statuses);
  });
});
