import { problem, wrongField } from '../testing/answers.js';
import { QueuesHttp } from '../testing/queues-http.js';

interface Message {
  readonly id: string;
  readonly body: unknown;
  readonly receipt: string;
  readonly deliveries: number;
}

let http: QueuesHttp;

beforeAll(async () => {
  http = await QueuesHttp.start();
});
afterAll(() => http.stop());

async function publish(topic: string, ...bodies: unknown[]): Promise<void> {
  await http.post(`/${topic}/messages`, { messages: bodies.map((body) => ({ body })) });
}

async function receive(topic: string, options: object = { max: 100 }): Promise<readonly Message[]> {
  const { body } = await http.post(`/${topic}/groups/g/receive`, options);
  return (body as { messages: Message[] }).messages;
}

const settle = (topic: string, call: string, body: object) =>
  http.post(`/${topic}/groups/g/${call}`, body);
const receiptsOf = (messages: readonly Message[]) => messages.map(({ receipt }) => receipt);

describe('Consumer groups', () => {
  it('are made, listed, looked at and deleted', async () => {
    expect(await http.put('/a1/groups/one')).toMatchObject(problem(404, 'TOPIC_NOT_FOUND'));
    await publish('a1', 1);
    expect(await http.put('/a1/groups/one')).toMatchObject({
      status: 201,
      body: { topic: 'a1', group: 'one' },
    });
    expect((await http.put('/a1/groups/one', { from: 'latest' })).status).toBe(200);
    expect((await http.put('/a1/groups/two', { from: 'latest' })).status).toBe(201);
    const one = { group: 'one', ready: 1, delayed: 0, inFlight: 0, deadLettered: 0, consumers: [] };
    const two = { ...one, group: 'two', ready: 0, oldestReadyAgeMs: null };
    expect((await http.get('/a1/groups')).body).toMatchObject({
      groups: [one, two],
      nextCursor: null,
    });
    const page = (await http.get('/a1/groups?limit=1')).body as { nextCursor: string };
    expect((await http.get(`/a1/groups?limit=1&cursor=${page.nextCursor}`)).body).toMatchObject({
      groups: [two],
    });
    expect((await http.get('/a1/groups/one')).body).toMatchObject(one);
    expect((await http.delete('/a1/groups/one')).status).toBe(204);
    expect(await http.get('/a1/groups/one')).toMatchObject(problem(404, 'GROUP_NOT_FOUND'));
    expect(await http.delete('/a1/groups/one')).toMatchObject(problem(404, 'GROUP_NOT_FOUND'));
    expect(await http.get('/none/groups')).toMatchObject(problem(404, 'TOPIC_NOT_FOUND'));
    expect(await http.put('/a1/groups/x', { from: 'now' })).toMatchObject(
      problem(400, 'VALIDATION_FAILED'),
    );
  });

  it('seek to a message, a time, and both ends', async () => {
    await http.put('/a2', { retention: 'log' });
    await publish('a2', 1, 2, 3);
    const messages = await receive('a2');
    const seek = (to: unknown) => settle('a2', 'seek', { to });
    expect(await seek({ id: messages[1]?.id })).toMatchObject({ status: 200 });
    const again = await receive('a2');
    expect(again.map(({ body }) => body)).toEqual([2, 3]);
    const { body } = await settle('a2', 'ack', { receipts: receiptsOf(messages) });
    expect(body).toEqual({
      results: receiptsOf(messages).map((receipt) => ({ receipt, status: 'stale' })),
    });
    await seek('latest');
    expect(await receive('a2')).toEqual([]);
    await seek({ time: '2026-01-01T00:00:00Z' });
    expect(await receive('a2')).toHaveLength(3);
    for (const to of ['now', {}, { id: 'x' }, { time: 'x' }, { id: '1-1', time: 'x' }, null]) {
      expect(await seek(to)).toMatchObject(
        wrongField('to', 'must be "earliest", "latest", {"id": …} or {"time": …}'),
      );
    }
    expect(await seek({ id: '1-zzz' })).toMatchObject(problem(404, 'MESSAGE_NOT_FOUND'));
  });
});

describe('Receipts', () => {
  it('are acknowledged once; later they are stale', async () => {
    await publish('a3', 1, 2);
    const receipts = receiptsOf(await receive('a3'));
    const first = await settle('a3', 'ack', { receipts: [receipts[1], receipts[0], receipts[1]] });
    const acked = (receipt: unknown) => ({ receipt, status: 'acked' });
    expect(first.status).toBe(200);
    expect(first.body).toEqual({
      results: [acked(receipts[1]), acked(receipts[0]), acked(receipts[1])],
    });
    const second = await settle('a3', 'ack', { receipts });
    expect(second.body).toMatchObject({ results: [{ status: 'stale' }, { status: 'stale' }] });
    expect((await http.get('/a3')).body).toMatchObject({ messages: 0 });
  });

  it('are stale when their visibility has passed, and the message comes again', async () => {
    await publish('a4', 1);
    const [message] = await receive('a4', { visibilityMs: 1_000 });
    http.router.pass(1_001);
    const { body } = await settle('a4', 'ack', { receipts: [message?.receipt] });
    expect(body).toMatchObject({ results: [{ status: 'stale' }] });
    expect(await receive('a4')).toMatchObject([{ id: message?.id, deliveries: 2 }]);
  });

  it('of another topic, group or shard do nothing', async () => {
    await publish('a5', 1);
    await publish('a6', 1);
    await publish('b5', 1);
    const [own] = await receive('a5');
    const others = [...(await receive('a6')), ...(await receive('b5'))];
    const { body } = await http.post('/a5/groups/other/receive', {});
    others.push(...(body as { messages: Message[] }).messages);
    const receipts = [...receiptsOf(others), own?.receipt];
    const answer = await settle('a5', 'ack', { receipts });
    expect(
      (answer.body as { results: { status: string }[] }).results.map((one) => one.status),
    ).toEqual(['stale', 'stale', 'stale', 'acked']);
    const foreign = await settle('a5', 'ack', { receipts: [others[1]?.receipt] });
    expect(foreign.body).toMatchObject({ results: [{ status: 'stale' }] });
    expect((await http.get('/b5/groups/g')).body).toMatchObject({ inFlight: 1 });
    expect((await http.get('/a6/groups/g')).body).toMatchObject({ inFlight: 1 });
    const nowhere = await http.post('/a5/groups/none/ack', { receipts: [others[1]?.receipt] });
    expect(nowhere).toMatchObject(problem(404, 'GROUP_NOT_FOUND'));
  });

  it('that nobody ever gave are refused, each by its place, and nothing is changed', async () => {
    await publish('a7', 1);
    const [message] = await receive('a7');
    const receipt = message?.receipt ?? '';
    const wrong = [receipt, `${receipt}x`, 7, '', receipt.replace(/.$/, '!')];
    for (const [call, others] of [
      ['ack', {}],
      ['nack', {}],
      ['extend', { visibilityMs: 1_000 }],
    ] as const) {
      const answer = await settle('a7', call, { receipts: wrong, ...others });
      const message_ = 'must be the receipt of a delivery';
      expect(answer).toMatchObject(
        problem(400, 'VALIDATION_FAILED', {
          errors: [1, 2, 3, 4].map((at) => ({ field: `receipts[${at}]`, message: message_ })),
        }),
      );
    }
    for (const receipts of [undefined, [], 'x', Array.from({ length: 1_001 }, () => receipt)]) {
      expect(await settle('a7', 'ack', { receipts })).toMatchObject(
        wrongField('receipts', 'must be a list of 1 to 1000 receipts'),
      );
    }
    expect((await http.get('/a7/groups/g')).body).toMatchObject({ inFlight: 1 });
  });

  it('of failed messages bring them back, after a delay, or make dead letters', async () => {
    await publish('a8', 1, 2);
    const [one, two] = await receive('a8');
    const later = await settle('a8', 'nack', {
      receipts: [one?.receipt],
      delayMs: 5_000,
      reason: 'a\nb',
    });
    expect(later.body).toEqual({ results: [{ receipt: one?.receipt, status: 'nacked' }] });
    await settle('a8', 'nack', { receipts: [two?.receipt], deadLetter: true, reason: 'never' });
    expect((await http.get('/a8/groups/g')).body).toMatchObject({ delayed: 1, deadLettered: 1 });
    expect(await receive('a8')).toEqual([]);
    http.router.pass(5_001);
    expect(await receive('a8')).toMatchObject([{ body: 1, deliveries: 2 }]);
    expect((await http.get('/a8.dead/messages')).body).toMatchObject({
      messages: [
        {
          body: 2,
          headers: { 'sinkron-origin-topic': 'a8', 'sinkron-dead-letter-reason': 'never' },
        },
      ],
    });
    expect((await http.post('/a8/redrive', { max: 10 })).body).toEqual({ moved: 1 });
    expect(await receive('a8')).toMatchObject([{ body: 2 }]);
    expect(await settle('a8', 'nack', { receipts: ['x'], delayMs: -1 })).toMatchObject(
      problem(400, 'VALIDATION_FAILED'),
    );
  });

  it('are extended, counted from now', async () => {
    await publish('a9', 1);
    const [message] = await receive('a9', { visibilityMs: 1_000 });
    http.router.pass(900);
    const extended = await settle('a9', 'extend', {
      receipts: [message?.receipt],
      visibilityMs: 1_000,
    });
    expect(extended.body).toEqual({ results: [{ receipt: message?.receipt, status: 'extended' }] });
    http.router.pass(900);
    expect(await receive('a9')).toEqual([]);
    expect((await http.get('/a9/groups/g/pending')).body).toMatchObject({
      pending: [{ id: message?.id, consumer: null, deliveries: 1 }],
      nextCursor: null,
    });
    expect(await settle('a9', 'extend', { receipts: [message?.receipt] })).toMatchObject(
      wrongField('visibilityMs', 'must be an integer from 0 to 43200000'),
    );
  });
});

describe('A receive', () => {
  it('names its consumer, who is seen in the group and among the pending', async () => {
    await publish('c1', 1, 2);
    await receive('c1', { consumer: 'w1' });
    await receive('c1', { consumer: 'w2' });
    expect((await http.get('/c1/groups/g')).body).toMatchObject({ consumers: ['w1', 'w2'] });
    expect((await http.get('/c1/groups/g/pending?consumer=w2')).body).toMatchObject({
      pending: [{ consumer: 'w2' }],
    });
    expect(await http.get('/c1/groups/g/pending?consumer=')).toMatchObject(
      problem(400, 'VALIDATION_FAILED'),
    );
  });

  it('waits for a message', async () => {
    await publish('c2');
    await http.put('/c2');
    const waiting = receive('c2', { waitMs: 10_000 });
    while (!http.router.asked.includes('leaderRequest watch')) await new Promise(setImmediate);
    await publish('c2', 'late');
    expect(await waiting).toMatchObject([{ body: 'late' }]);
  });

  it('is answered without a log entry where nothing was ready before and is not now', async () => {
    await http.put('/c3');
    await receive('c3');
    http.router.asked.length = 0;
    expect(await receive('c3')).toEqual([]);
    expect(http.router.asked).toEqual(['leaderRequest watch']);
  });

  it('fetches the bodies of an answer that comes without them', async () => {
    await publish('c4', 'x');
    http.router.losesBodies = true;
    expect(await receive('c4')).toMatchObject([{ body: 'x', deliveries: 1 }]);
    http.router.losesBodies = false;
  });

  it('with an Idempotency-Key gets what is still in flight of its first answer', async () => {
    await publish('c5', 1, 2);
    const ask = () => http.post('/c5/groups/g/receive', { max: 2 }, { 'idempotency-key': 'r' });
    const first = await ask();
    const { messages } = first.body as { messages: Message[] };
    const second = await ask();
    expect(second.body).toEqual(first.body);
    expect(second.headers['idempotency-replayed']).toBe('true');
    await settle('c5', 'ack', { receipts: [messages[0]?.receipt] });
    expect((await ask()).body).toEqual({ messages: [messages[1]] });
  });

  it.each<readonly [object, string, string]>([
    [{ max: 0 }, 'max', 'must be an integer from 1 to 1000'],
    [{ max: 1_001 }, 'max', 'must be an integer from 1 to 1000'],
    [{ waitMs: 30_001 }, 'waitMs', 'must be an integer from 0 to 30000'],
    [{ visibilityMs: 99 }, 'visibilityMs', 'must be an integer from 100 to 43200000'],
    [{ consumer: '' }, 'consumer', 'must be 1 to 256 bytes of UTF-8'],
    [{ colour: 1 }, 'colour', 'is not a known field'],
  ])('refuses %j', async (body, field, message) => {
    expect(await http.post('/c1/groups/g/receive', body)).toMatchObject(wrongField(field, message));
  });

  it('is refused where there is no topic', async () => {
    expect(await http.post('/none/groups/g/receive', {})).toMatchObject(
      problem(404, 'TOPIC_NOT_FOUND'),
    );
  });
});
