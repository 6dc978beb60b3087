import { problem, wrongField } from '../testing/answers.js';
import { QueuesHttp } from '../testing/queues-http.js';

let http: QueuesHttp;

beforeAll(async () => {
  http = await QueuesHttp.start();
});
afterAll(() => http.stop());

const publish = (topic: string, messages: unknown, headers = {}) =>
  http.post(`/${topic}/messages`, { messages }, headers);
const receive = (topic: string, body: object = { max: 100 }) =>
  http.post(`/${topic}/groups/g/receive`, body);

describe('POST /v1/queues/{topic}/messages', () => {
  it('answers an id for each message, and makes the topic', async () => {
    const answer = await publish('a1', [{ body: { order: 42 } }, { body: 'x', priority: 9 }]);
    expect(answer.status).toBe(201);
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
    const { messages } = answer.body as { messages: { id: string }[] };
    expect(messages).toEqual([
      { id: expect.stringMatching(/^[0-9a-z]+-1$/), duplicate: false },
      { id: expect.stringMatching(/^[0-9a-z]+-2$/), duplicate: false },
    ]);
  });

  it('gives every body back in the field and form in which it was sent', async () => {
    const bodies = [{ ä: '☃ "\\\n' }, null, false, 0, '', [], [1.5, { deep: [null] }], '\ud83d'];
    const bytes = ['AAEC/w==', '', 'YQ=='];
    await publish('a2', [
      ...bodies.map((body) => ({ body })),
      ...bytes.map((bodyBase64) => ({ bodyBase64 })),
    ]);
    const { body: answer } = await receive('a2');
    const { messages } = answer as { messages: Record<string, unknown>[] };
    const first = messages.slice(0, bodies.length);
    expect(first.map(({ body }) => body)).toEqual(bodies);
    expect(first.every((message) => !('bodyBase64' in message))).toBe(true);
    const others = messages.slice(bodies.length);
    expect(others.map(({ bodyBase64 }) => bodyBase64)).toEqual(bytes);
    expect(others.every((message) => !('body' in message))).toBe(true);
  });

  it('gives headers, key and priority back, and hands out by priority', async () => {
    const headers = { 'content-type': 'text/plain', quote: '"' };
    await publish('a3', [
      { body: 1, headers: {} },
      { body: 2, headers, key: 'k"', priority: 9 },
    ]);
    const { body } = await receive('a3');
    expect(body).toMatchObject({
      messages: [
        { body: 2, headers, key: 'k"', priority: 9, deliveries: 1 },
        { body: 1, headers: {}, key: null, priority: 4, deliveries: 1 },
      ],
    });
  });

  it('answers a duplicate with the id of the first', async () => {
    const message = { body: 1, deduplicationId: 'once' };
    const first = (await publish('a4', [message])).body as { messages: { id: string }[] };
    const second = await publish('a4', [{ body: 0 }, message, message]);
    expect(second.body).toMatchObject({
      messages: [
        { duplicate: false },
        ...[1, 2].map(() => ({ id: first.messages[0]?.id, duplicate: true })),
      ],
    });
  });

  it('delivers later what is published for later', async () => {
    const { wallMs } = http.router;
    const deliverAt = new Date(wallMs + 60_000).toISOString();
    await publish('a5', [
      { body: 'delay', delayMs: 60_000 },
      { body: 'at', deliverAt },
    ]);
    expect((await receive('a5')).body).toEqual({ messages: [] });
    http.router.pass(60_000);
    expect((await receive('a5')).body).toMatchObject({
      messages: [{ body: 'delay' }, { body: 'at' }],
    });
  });

  it('repeats its answer for the same Idempotency-Key, and stores nothing more', async () => {
    const key = { 'idempotency-key': 'k1' };
    const first = await publish('a6', [{ body: 1 }], key);
    const second = await publish('a6', [{ body: 1 }], key);
    expect(second.body).toEqual(first.body);
    expect(first.headers['idempotency-replayed']).toBeUndefined();
    expect(second.headers['idempotency-replayed']).toBe('true');
    expect((await http.get('/a6')).body).toMatchObject({ messages: 1 });
    expect(await publish('a6', [{ body: 2 }], key)).toMatchObject(
      problem(422, 'IDEMPOTENCY_KEY_REUSED'),
    );
  });

  const list = 'must be a list of 1 to 1000 objects';
  it.each<readonly [unknown, string, string]>([
    [undefined, 'messages', list],
    [[], 'messages', list],
    ['x', 'messages', list],
    [Array.from({ length: 1_001 }, () => ({ body: 1 })), 'messages', list],
    [[{ body: 1 }, 7], 'messages', list],
    [[{}], 'messages[0].body', 'must be sent, unless bodyBase64 is'],
    [
      [{ body: null, bodyBase64: '' }],
      'messages[0].body',
      'must not be sent together with bodyBase64',
    ],
    [[{ bodyBase64: 'AAE' }], 'messages[0].bodyBase64', 'must be base64'],
    [[{ bodyBase64: null }], 'messages[0].bodyBase64', 'must be base64'],
    [
      [{ body: 1 }, { body: 1, priority: 10 }],
      'messages[1].priority',
      'must be an integer from 0 to 9',
    ],
    [[{ body: 1, priority: null }], 'messages[0].priority', 'must be an integer from 0 to 9'],
    [[{ body: 1, key: '' }], 'messages[0].key', 'must be 1 to 256 bytes of UTF-8'],
    [[{ body: 1, key: 'x'.repeat(257) }], 'messages[0].key', 'must be 1 to 256 bytes of UTF-8'],
    [[{ body: 1, key: 7 }], 'messages[0].key', 'must be a string'],
    [
      [{ body: 1, deduplicationId: 'a\n' }],
      'messages[0].deduplicationId',
      'must not contain control characters',
    ],
    [
      [{ body: 1, delayMs: -1 }],
      'messages[0].delayMs',
      'must be an integer from 0 to 315360000000',
    ],
    [
      [{ body: 1, delayMs: 1, deliverAt: '2026-09-01T12:00:00Z' }],
      'messages[0].deliverAt',
      'must not be sent together with delayMs',
    ],
    [
      [{ body: 1, deliverAt: 'tomorrow' }],
      'messages[0].deliverAt',
      'must be a time like 2026-09-01T12:00:00.000Z, at most ten years ahead',
    ],
    [[{ body: 1, ttlMs: 0 }], 'messages[0].ttlMs', 'must be an integer from 1 to 315360000000'],
    [
      [{ body: 1, headers: { a: 1 } }],
      'messages[0].headers',
      'must be an object of strings, of at most 16384 bytes as JSON',
    ],
    [
      [{ body: 1, headers: { a: 'x'.repeat(16_384) } }],
      'messages[0].headers',
      'must be an object of strings, of at most 16384 bytes as JSON',
    ],
    [[{ body: 1, colour: 'red' }], 'messages[0].colour', 'is not a known field'],
  ])('refuses the messages of case %#', async (messages, field, message) => {
    expect(await publish('a7', messages)).toMatchObject(wrongField(field, message));
    expect(await http.get('/a7')).toMatchObject(problem(404, 'TOPIC_NOT_FOUND'));
  });

  it('refuses a body above 1 MiB and a request above 8 MiB', async () => {
    const large = 'x'.repeat(1024 ** 2);
    expect(await publish('a7', [{ body: 1 }, { body: large }])).toMatchObject(
      problem(413, 'PAYLOAD_TOO_LARGE', {
        errors: [
          { field: 'messages[1].body', message: 'has 1048578 bytes; a body has at most 1048576' },
        ],
      }),
    );
    const bytes = Buffer.alloc(1024 ** 2).toString('base64');
    expect((await publish('a8', [{ bodyBase64: bytes }])).status).toBe(201);
    expect(
      await publish(
        'a7',
        Array.from({ length: 9 }, () => ({ body: large })),
      ),
    ).toMatchObject(problem(413, 'PAYLOAD_TOO_LARGE'));
    expect(await http.get('/a7')).toMatchObject(problem(404, 'TOPIC_NOT_FOUND'));
  });

  it('refuses what is no JSON object of JSON', async () => {
    expect(await http.post('/a7/messages', '{')).toMatchObject(
      wrongField('body', 'must be valid JSON'),
    );
    const text = { 'content-type': 'text/plain' };
    expect(await http.ask('POST', '/a7/messages', { headers: text })).toMatchObject({
      status: 400,
    });
  });

  it('refuses a full topic, and says when to come again', async () => {
    await http.put('/a9', { maxMessages: 2 });
    expect((await publish('a9', [{ body: 1 }])).status).toBe(201);
    const refused = await publish('a9', [{ body: 2 }, { body: 3 }]);
    expect(refused).toMatchObject(problem(429, 'QUEUE_FULL'));
    expect(refused.headers['retry-after']).toBe('1');
    expect((await http.get('/a9')).body).toMatchObject({ messages: 1 });
  });

  it('refuses names that are none', async () => {
    expect((await publish('x'.repeat(251), [{ body: 1 }])).status).toBe(201);
    expect((await publish(`${'x'.repeat(251)}.dead`, [{ body: 1 }])).status).toBe(201);
    for (const name of [`${'x'.repeat(252)}.dead`, 'a%00b', 'a%ff']) {
      expect(await publish(name, [{ body: 1 }])).toMatchObject(problem(400, 'VALIDATION_FAILED'));
    }
    expect(await publish('x'.repeat(252), [{ body: 1 }])).toMatchObject(
      wrongField('topic', 'must be 1 to 251 bytes of UTF-8, not 252'),
    );
  });
});
