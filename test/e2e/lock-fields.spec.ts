import { expectInvalid } from './expect-problem.js';
import { RealNode } from './real-node.js';

/** Held for longer than these tests take on a slow machine. */
const LOCK = { owner: 'one', ttlMs: 600_000 };

let node: RealNode;
let token: number;
let before: readonly unknown[];

beforeAll(async () => {
  node = await RealNode.start();
  token = (await node.post('/v1/locks/a/acquire', LOCK)).body.token;
  before = await node.locks();
});
afterAll(async () => {
  // Whatever was refused has changed nothing, and took no token.
  expect(await node.locks()).toEqual(before);
  const next = await node.post('/v1/locks/b/acquire', { owner: 'one' });
  expect(next.body.token).toBe(token + 1);
  await node.stop();
});

const OWNER = 'must be a string of 1 to 128 characters';
const TTL = 'must be an integer from 100 to 86400000';
const WAIT = 'must be an integer from 0 to 300000';
const LOCK_DELAY = 'must be an integer from 0 to 60000';
const TOKEN = 'must be an integer from 1 to 9007199254740991';
const METADATA = 'must be an object of at most 1024 bytes as JSON';
const MODE = 'must be one of the following values: exclusive, shared';
const UNKNOWN = 'is not a known field';

const WRONG_OWNERS = [
  '',
  'o'.repeat(129),
  '😀'.repeat(129),
  '\ud800',
  7,
  true,
  null,
  ['one'],
  { a: 1 },
];

const acquireCases = [
  ...WRONG_OWNERS.map((value) => ['owner', value, OWNER] as const),
  ...[99, 0, -1, 86_400_001, 1e300, '500', 500.5, null, true, [500], { ms: 500 }].map(
    (value) => ['ttlMs', value, TTL] as const,
  ),
  ...[-1, 300_001, 0.5, '0', null, false, [], {}].map((value) => ['waitMs', value, WAIT] as const),
  ...[-1, 60_001, 0.5, '0', null, false, [], {}].map(
    (value) => ['lockDelayMs', value, LOCK_DELAY] as const,
  ),
  ...['EXCLUSIVE', '', 'both', 1, null, ['exclusive'], {}].map(
    (value) => ['mode', value, MODE] as const,
  ),
  ...['', 's'.repeat(129), '\ud800', null, 5, true, {}, []].map(
    (value) => ['sessionId', value, OWNER] as const,
  ),
  ...['text', 5, null, [], [{}], { a: 'x'.repeat(1_024) }].map(
    (value) => ['metadata', value, METADATA] as const,
  ),
  ...['color', 'Owner', 'ttl', 'token', 'toString', 'constructor', 'then', '', ' owner'].map(
    (field) => [field, 1, UNKNOWN] as const,
  ),
] as const;

const holderCases = [
  ...WRONG_OWNERS.map((value) => ['owner', value, OWNER] as const),
  ...[0, -1, 2 ** 53, 1.5, '1', null, true, [1], {}].map(
    (value) => ['token', value, TOKEN] as const,
  ),
  ...['metadata', 'mode', 'waitMs', 'name', 'hasOwnProperty'].map(
    (field) => [field, 1, UNKNOWN] as const,
  ),
] as const;

describe('POST /v1/locks/{name}/acquire', () => {
  it.each(acquireCases)('refuses %s %j', async (field, value, message) => {
    const answer = await node.post('/v1/locks/c/acquire', { owner: 'two', [field]: value });
    expectInvalid(answer, { field, message });
  });

  it('refuses a body without an owner, an empty one included', async () => {
    const missing = { field: 'owner', message: OWNER };
    expectInvalid(await node.post('/v1/locks/c/acquire', {}), missing);
    expectInvalid(await node.http.post('/v1/locks/c/acquire'), missing);
    expectInvalid(await node.http.post('/v1/locks/c/acquire').type('json').send(''), missing);
    expectInvalid(await node.http.post('/v1/locks/c/acquire').type('text').send(''), missing);
  });

  it('names all wrong fields at once', async () => {
    const answer = await node.post('/v1/locks/c/acquire', {
      ttlMs: '1',
      colour: 'red',
      waitMs: -1,
    });
    expectInvalid(
      answer,
      { field: 'colour', message: UNKNOWN },
      { field: 'owner', message: OWNER },
      { field: 'ttlMs', message: TTL },
      { field: 'waitMs', message: WAIT },
    );
  });

  it('tells of at most 100 of them, and how many there are', async () => {
    const fields = Object.fromEntries(
      Array.from({ length: 1_000 }, (_, index) => [`f${index}`, 1]),
    );
    const { body } = await node.post('/v1/locks/c/acquire', { owner: 'two', ...fields });
    expect(body.detail).toBe('f0 is not a known field (and 999 more, see errors)');
    expect(body.errors).toHaveLength(100);
  });

  it('refuses a body of 90,000 unknown fields without stopping the node', async () => {
    const fields = Array.from({ length: 90_000 }, (_, index) => `"${index}x":1`);
    const startMs = performance.now();
    const answer = await node.http
      .post('/v1/locks/c/acquire')
      .type('json')
      .send(`{${fields.join()}}`);
    expect(answer.status).toBe(400);
    // It took 12 s when the time grew with the square of the number of fields.
    expect(performance.now() - startMs).toBeLessThan(8_000);
  });
});

describe.each(['release', 'renew'])('POST /v1/locks/{name}/%s', (call) => {
  it.each(holderCases)('refuses %s %j', async (field, value, message) => {
    const answer = await node.post(`/v1/locks/a/${call}`, { owner: 'one', token, [field]: value });
    expectInvalid(answer, { field, message });
  });

  it('refuses a body without owner and token', async () => {
    expectInvalid(
      await node.http.post(`/v1/locks/a/${call}`),
      { field: 'owner', message: OWNER },
      { field: 'token', message: TOKEN },
    );
  });
});

it.each([99, 86_400_001, '500', 1.5, null, []])('a renewal refuses ttlMs %j', async (ttlMs) => {
  const answer = await node.post('/v1/locks/a/renew', { owner: 'one', token, ttlMs });
  expectInvalid(answer, { field: 'ttlMs', message: TTL });
});

it('a release does not know ttlMs', async () => {
  const answer = await node.post('/v1/locks/a/release', { owner: 'one', token, ttlMs: 500 });
  expectInvalid(answer, { field: 'ttlMs', message: UNKNOWN });
});

describe('Headers', () => {
  const acquire = (headers: Readonly<Record<string, string>>) =>
    node.post('/v1/locks/a/acquire', { owner: 'two' }, headers);

  it.each(['99', '60001', '0', '-100', '1e3', '500.5', 'soon', '0x200', '+500', ''])(
    'X-Timeout-Ms: %s is refused',
    async (value) => {
      const fault = { field: 'X-Timeout-Ms', message: 'must be an integer from 100 to 60000' };
      expectInvalid(await acquire({ 'x-timeout-ms': value }), fault);
      expectInvalid(await node.get('/v1/locks', { 'x-timeout-ms': value }), fault);
      expectInvalid(await node.get('/v1/locks/a', { 'x-timeout-ms': value }), fault);
    },
  );

  it.each(['100', '60000'])('X-Timeout-Ms: %s is taken', async (value) => {
    expect((await acquire({ 'x-timeout-ms': value })).body.code).toBe('LOCK_HELD');
  });

  it.each(['', 'a b', 'é', 'k'.repeat(129), '\t'])(
    'Idempotency-Key: %j is refused',
    async (value) => {
      expectInvalid(await acquire({ 'idempotency-key': value }), {
        field: 'Idempotency-Key',
        message: 'must be 1 to 128 visible ASCII characters',
      });
    },
  );
});
