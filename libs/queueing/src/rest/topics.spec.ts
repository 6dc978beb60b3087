import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { routesWithoutPermission } from '@sinkron/http';
import { problem, wrongField } from '../testing/answers.js';
import { QueuesHttp } from '../testing/queues-http.js';

const DEFAULTS = {
  visibilityMs: 30_000,
  maxDeliveries: 5,
  retention: 'work',
  overflow: 'reject',
  deduplicationWindowMs: 120_000,
  onOrderedFailure: 'block',
};

let http: QueuesHttp;

beforeAll(async () => {
  http = await QueuesHttp.start();
});
afterAll(() => http.stop());

describe('PUT /v1/queues/{topic}', () => {
  it('makes a topic with defaults, and replaces the whole configuration', async () => {
    expect(await http.put('/a1')).toMatchObject({
      status: 201,
      body: { topic: 'a1', configuration: DEFAULTS },
    });
    const wanted = {
      visibilityMs: 100,
      maxDeliveries: 1_000,
      backoff: { initialMs: 1_000, multiplier: 1.5, maxMs: 60_000 },
      retention: 'log',
      maxAgeMs: 1,
      maxMessages: 10,
      maxBytes: 1_000,
      overflow: 'drop-oldest',
      deadLetterTopic: 'a1.failed',
      deduplicationWindowMs: 0,
      onOrderedFailure: 'dead-letter',
    };
    const changed = await http.put('/a1', wanted);
    expect(changed.status).toBe(200);
    expect(changed.body).toEqual({ topic: 'a1', configuration: wanted });
    expect((await http.get('/a1')).body).toEqual({
      topic: 'a1',
      shard: 0,
      owner: 'node1',
      messages: 0,
      bytes: 0,
      delayed: 0,
      groups: 0,
      configuration: wanted,
    });
    expect((await http.put('/a1', {})).body).toEqual({ topic: 'a1', configuration: DEFAULTS });
  });

  it('refuses another retention while there are messages', async () => {
    await http.post('/a2/messages', { messages: [{ body: 1 }] });
    expect(await http.put('/a2', { retention: 'log' })).toMatchObject(
      problem(409, 'CONFIGURATION_CONFLICT'),
    );
    expect((await http.put('/a2', { visibilityMs: 1_000 })).status).toBe(200);
  });

  it('has its dead letters in another shard, and gives them back by either name', async () => {
    const deadLetterTopic = 'b.dead-ones';
    expect(await http.put('/a3', { deadLetterTopic })).toMatchObject({
      status: 201,
      body: { configuration: { deadLetterTopic } },
    });
    // Nothing has failed yet.
    expect((await http.post('/a3/redrive', {})).body).toEqual({ moved: 0 });
    await http.post('/a3/messages', { messages: [{ body: 1 }, { body: 2 }, { body: 3 }] });
    const { body } = await http.post('/a3/groups/g/receive', { max: 10 });
    const receipts = (body as { messages: { receipt: string }[] }).messages.map(
      ({ receipt }) => receipt,
    );
    await http.post('/a3/groups/g/nack', { receipts, deadLetter: true });
    await http.router.settled();
    expect((await http.get('/b.dead-ones')).body).toMatchObject({ messages: 3 });
    expect((await http.post('/a3/redrive', { max: 2 })).body).toEqual({ moved: 2 });
    expect((await http.post('/b.dead-ones/redrive', { to: 'a3-later' })).body).toEqual({
      moved: 1,
    });
    await http.router.settled();
    expect((await http.get('/a3/groups/g')).body).toMatchObject({ ready: 2 });
    expect((await http.get('/a3-later')).body).toMatchObject({ messages: 1 });
  });

  it('tells what a redrive has moved here while the other shard has no leader', async () => {
    await http.put('/a5', { deadLetterTopic: 'a6' });
    await http.put('/a6', { deadLetterTopic: 'b.of-a6' });
    await http.post('/a5/messages', { messages: [{ body: 1 }] });
    const { body } = await http.post('/a5/groups/g/receive');
    const [receipt] = (body as { messages: { receipt: string }[] }).messages.map(
      (one) => one.receipt,
    );
    await http.post('/a5/groups/g/nack', { receipts: [receipt], deadLetter: true });
    http.router.leaderless.add('queues-1');
    try {
      expect(await http.post('/a6/redrive')).toMatchObject({ status: 200, body: { moved: 1 } });
      expect(await http.post('/a6/redrive')).toMatchObject(problem(503, 'NO_LEADER'));
    } finally {
      http.router.leaderless.clear();
    }
  });

  it.each<readonly [object, string, string]>([
    [{ visibilityMs: 99 }, 'visibilityMs', 'must be an integer from 100 to 43200000'],
    [{ maxDeliveries: 1_001 }, 'maxDeliveries', 'must be an integer from 1 to 1000'],
    [{ backoff: null }, 'backoff', 'must be an object of initialMs, multiplier and maxMs'],
    [{ backoff: [] }, 'backoff', 'must be an object of initialMs, multiplier and maxMs'],
    [
      { backoff: { initialMs: 1, multiplier: 11, maxMs: 1 } },
      'backoff.multiplier',
      'must be a number from 1 to 10',
    ],
    [
      { backoff: { multiplier: 2, maxMs: 1 } },
      'backoff.initialMs',
      'must be an integer from 0 to 315360000000',
    ],
    [{ retention: 'all' }, 'retention', 'must be one of the following values: work, log'],
    [{ maxMessages: 0 }, 'maxMessages', 'must be an integer from 1 to 9007199254740991'],
    [{ maxBytes: null }, 'maxBytes', 'must be an integer from 1 to 9007199254740991'],
    [{ deadLetterTopic: 'a4' }, 'deadLetterTopic', 'must be another topic'],
    [{ deadLetterTopic: '..' }, 'deadLetterTopic', 'must not be . or ..'],
    [{ colour: 'red' }, 'colour', 'is not a known field'],
  ])('refuses %j', async (body, field, message) => {
    expect(await http.put('/a4', body)).toMatchObject(wrongField(field, message));
    expect(await http.get('/a4')).toMatchObject(problem(404, 'TOPIC_NOT_FOUND'));
  });
});

describe('GET /v1/queues', () => {
  it('lists the topics of all shards in byte order, page by page', async () => {
    const own = await QueuesHttp.start();
    const names = ['c', 'a', 'b/2', 'b', 'd\u{1F600}', 'd'];
    for (const name of names) await own.put(`/${encodeURIComponent(name)}`);
    const sorted = ['a', 'b', 'b/2', 'c', 'd', 'd\u{1F600}'];
    const seen: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const answer = await own.get(`?limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`);
      const page = answer.body as { queues: { topic: string }[]; nextCursor: string | null };
      seen.push(...page.queues.map(({ topic }) => topic));
      cursor = page.nextCursor;
    }
    expect(seen).toEqual(sorted);
    own.router.leaderless.add('queues-1');
    expect(await own.get('')).toMatchObject(problem(503, 'NO_LEADER'));
    expect((await own.get('/b')).status).toBe(503);
    expect((await own.get('/a')).status).toBe(200);
    await own.stop();
  });

  it.each(['?limit=0', '?limit=1001', '?cursor=x', '?colour=red', '?consistency=none'])(
    'refuses %s',
    async (query) => {
      expect(await http.get(query)).toMatchObject(problem(400, 'VALIDATION_FAILED'));
    },
  );
});

describe('Messages of a topic', () => {
  it('are looked at without being received', async () => {
    const messages = [{ body: 1 }, { body: 2, delayMs: 1_000 }, { body: 3 }];
    const published = await http.post('/c1/messages', { messages });
    const ids = (published.body as { messages: { id: string }[] }).messages.map(({ id }) => id);
    await http.post('/c1/groups/g/receive', { max: 1 });
    const bodies = async (query: string): Promise<unknown> => {
      const { body } = await http.get(`/c1/messages${query}`);
      return (body as { messages: { body: unknown }[] }).messages.map((message) => message.body);
    };
    expect(await bodies('')).toEqual([1, 2, 3]);
    expect(await bodies('?state=delayed')).toEqual([2]);
    expect(await bodies('?group=g&state=in-flight')).toEqual([1]);
    expect(await bodies('?group=g&state=ready')).toEqual([3]);
    expect(await bodies('?group=g&state=delayed')).toEqual([2]);
    const page = (await http.get('/c1/messages?limit=2')).body as { nextCursor: string };
    expect(await bodies(`?cursor=${page.nextCursor}`)).toEqual([3]);
    expect((await http.get(`/c1/messages/${ids[0]}`)).body).toMatchObject({
      id: ids[0],
      body: 1,
      deliverAt: null,
      expiresAt: null,
      groups: [{ group: 'g', state: 'in-flight', deliveries: 1 }],
    });
    expect((await http.get(`/c1/messages/${ids[1]}`)).body).toMatchObject({
      deliverAt: new Date(http.router.wallMs + 1_000).toISOString(),
    });
    expect((await http.delete(`/c1/messages/${ids[1]}`)).status).toBe(204);
    expect(await http.get(`/c1/messages/${ids[1]}`)).toMatchObject(
      problem(404, 'MESSAGE_NOT_FOUND'),
    );
    expect(await http.delete('/c1/messages/1-zz')).toMatchObject(problem(404, 'MESSAGE_NOT_FOUND'));
    expect(await http.delete('/c1/messages/?')).toMatchObject({ status: 404 });
    expect(await http.get('/c1/messages?state=ready')).toMatchObject(
      wrongField('group', 'must be sent with state=ready'),
    );
    expect(await http.get('/c1/messages?group=x')).toMatchObject(problem(404, 'GROUP_NOT_FOUND'));
    expect(await http.get('/c1/messages?cursor=eA')).toMatchObject(
      wrongField('cursor', 'must be the nextCursor of an earlier answer'),
    );
  });

  it('go with a purge, and everything with the topic', async () => {
    await http.post('/c2/messages', { messages: [{ body: 1 }, { body: 2, delayMs: 1_000 }] });
    await http.post('/c2/groups/g/receive', { max: 1 });
    expect((await http.delete('/c2/messages')).status).toBe(204);
    expect((await http.get('/c2')).body).toMatchObject({ messages: 0, delayed: 0, groups: 1 });
    expect((await http.delete('/c2')).status).toBe(204);
    expect(await http.get('/c2')).toMatchObject(problem(404, 'TOPIC_NOT_FOUND'));
    expect(await http.delete('/c2')).toMatchObject(problem(404, 'TOPIC_NOT_FOUND'));
    expect(await http.delete('/c2/messages')).toMatchObject(problem(404, 'TOPIC_NOT_FOUND'));
    expect(await http.post('/c2/redrive')).toMatchObject(problem(404, 'TOPIC_NOT_FOUND'));
  });
});

describe('Every call about queues', () => {
  it('declares its permission', () => {
    const routes = routesWithoutPermission(http.application);
    expect(routes.filter((route) => route.includes('/v1/'))).toEqual([]);
  });

  it('is in the OpenAPI document under its name, with an example of each refusal', () => {
    interface Operation {
      readonly operationId: string;
      readonly responses: Readonly<
        Record<string, { content?: Record<string, { examples: object }> }>
      >;
    }
    const { paths } = SwaggerModule.createDocument(http.application, new DocumentBuilder().build());
    const operations = Object.values(paths).flatMap((methods) =>
      Object.values(methods as unknown as Record<string, Operation>),
    );
    expect(operations.map(({ operationId }) => operationId).toSorted()).toEqual([
      'ackMessages',
      'configureTopic',
      'createGroup',
      'deleteGroup',
      'deleteMessage',
      'deleteTopic',
      'extendMessages',
      'getGroup',
      'getMessage',
      'getTopic',
      'listGroups',
      'listMessages',
      'listPending',
      'listTopics',
      'nackMessages',
      'publishMessages',
      'purgeTopic',
      'receiveMessages',
      'redriveTopic',
      'seekGroup',
      'streamMessages',
    ]);
    for (const { operationId, responses } of operations) {
      for (const [status, { content }] of Object.entries(responses)) {
        if (Number(status) < 400) continue;
        const examples = Object.keys(content?.['application/problem+json']?.examples ?? {});
        expect([operationId, status, examples.length > 0]).toEqual([operationId, status, true]);
      }
    }
  });
});
