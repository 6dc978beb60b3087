import { setTimeout as delay } from 'node:timers/promises';
import { ProblemError } from '@sinkron/http';
import { QueuesService } from '../service/queues.service.js';
import { problem } from '../testing/answers.js';
import { QueuesHttp } from '../testing/queues-http.js';

/** A consumer that may go at any time. */
class Consumer {
  private readonly listeners: (() => void)[] = [];
  private isGone = false;

  onGone(listener: () => void): void {
    if (this.isGone) listener();
    else this.listeners.push(listener);
  }

  go(): void {
    this.isGone = true;
    for (const listener of this.listeners) listener();
  }
}

let http: QueuesHttp;
/** Lets the answers to receives go on their way. */
let release: () => void;

beforeEach(async () => {
  http = await QueuesHttp.start();
  await publish('a1', 'x');
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  http.router.beforeAnswer = (kind) => (kind === 'receive' ? released : Promise.resolve());
});
afterEach(async () => {
  release();
  await http.stop();
});

const publish = (topic: string, ...bodies: unknown[]) =>
  http.post(`/${topic}/messages`, { messages: bodies.map((body) => ({ body })) });
const groupOf = async (topic: string) => (await http.get(`/${topic}/groups/g`)).body;

/** Waits until its message is ready again, and that nobody has been told of it. */
async function isReturned(topic: string): Promise<void> {
  while (((await groupOf(topic)) as { ready: number }).ready === 0) {
    await new Promise(setImmediate);
  }
  expect(await groupOf(topic)).toMatchObject({ ready: 1, inFlight: 0, deadLettered: 0 });
  const { body } = await http.post(`/${topic}/groups/g/receive`, {});
  expect(body).toMatchObject({ messages: [{ body: 'x', deliveries: 1 }] });
}

function receive(consumer: Consumer, key?: string) {
  const request = { topic: 'a1', group: 'g', consumer: null, max: 1, visibilityMs: null };
  const idempotency =
    key === undefined ? undefined : { key, method: 'POST', path: '/receive', fingerprint: '' };
  return http.application
    .get(QueuesService)
    .receive(
      { ...request, waitMs: 0 },
      { deadlineMs: performance.now() + 60_000, idempotency, client: consumer },
    );
}

describe('A receive whose outcome comes late', () => {
  it('is answered in time, and what it handed out is returned and counts as nothing', async () => {
    const timeout = { 'x-timeout-ms': '100' };
    expect(await http.post('/a1/groups/g/receive', {}, timeout)).toMatchObject(
      problem(504, 'OUTCOME_UNKNOWN'),
    );
    expect(await groupOf('a1')).toMatchObject({ ready: 0, inFlight: 1 });
    release();
    await isReturned('a1');
  });

  it('is 503 where no leader was found that could have done anything', async () => {
    const { router } = http;
    jest.spyOn(router, 'execute').mockImplementation(async (_target, _command, options) => {
      const { deadlineMs, giveUpByMs = deadlineMs } = options;
      await delay(giveUpByMs - performance.now());
      throw new ProblemError('NO_LEADER', 'no leader was found in time');
    });
    const answer = await http.post('/a1/groups/g/receive', {}, { 'x-timeout-ms': '100' });
    expect(answer).toMatchObject(problem(503, 'NO_LEADER'));
    expect(answer.headers).toMatchObject({ 'retry-after': '1' });
  });

  it('returns it also when its client has gone while it ran', async () => {
    const consumer = new Consumer();
    const received = receive(consumer);
    consumer.go();
    expect(await received).toMatchObject({ messages: [] });
    expect(await groupOf('a1')).toMatchObject({ ready: 0, inFlight: 1 });
    release();
    await isReturned('a1');
  });

  it('is kept for its client where that has an Idempotency-Key', async () => {
    const consumer = new Consumer();
    const received = receive(consumer, 'k');
    consumer.go();
    await received;
    release();
    const again = await receive(new Consumer(), 'k');
    expect(again).toMatchObject({ replayed: true, messages: [{ sequence: 1 }] });
    expect(await groupOf('a1')).toMatchObject({ ready: 0, inFlight: 1 });
  });

  it('is not sent at all for a client that has gone before', async () => {
    const consumer = new Consumer();
    consumer.go();
    expect(await receive(consumer)).toMatchObject({ messages: [] });
    expect(http.router.asked).not.toContain('execute receive');
  });

  it('is waited for by a stopping node, to be returned', async () => {
    const consumer = new Consumer();
    const received = receive(consumer);
    consumer.go();
    await received;
    const queues = http.application.get(QueuesService);
    queues.onModuleDestroy();
    const stopped = queues.beforeApplicationShutdown();
    release();
    await stopped;
    expect(http.router.asked).toContain('execute return');
  });

  it('does not hold a stopping node up for long', async () => {
    const consumer = new Consumer();
    const received = receive(consumer);
    consumer.go();
    await received;
    const queues = http.application.get(QueuesService);
    queues.onModuleDestroy();
    const stopped = queues.beforeApplicationShutdown();
    await expect(stopped).resolves.toBeUndefined();
    expect(http.router.asked).not.toContain('execute return');
  });
});

describe('A receive whose bodies cannot be read', () => {
  it('is of unknown outcome: its messages are in flight', async () => {
    http.router.losesBodies = true;
    http.router.beforeAnswer = () => {
      http.router.failure = new ProblemError('NO_LEADER', 'there is no leader');
      return Promise.resolve();
    };
    const key = { 'idempotency-key': 'k' };
    const ask = () => http.post('/a1/groups/g/receive', {}, key);
    expect(await ask()).toMatchObject(problem(504, 'OUTCOME_UNKNOWN'));
    http.router.beforeAnswer = undefined;
    http.router.failure = undefined;
    expect((await ask()).body).toMatchObject({ messages: [{ body: 'x', deliveries: 1 }] });
  });
});
