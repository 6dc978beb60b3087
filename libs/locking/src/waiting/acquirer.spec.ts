import { connectionOf } from './testing/client-connection.js';
import { Logger } from '@nestjs/common';
import type { ClusterRouter } from '@sinkron/cluster';
import { ProblemError } from '@sinkron/http';
import { register } from 'prom-client';
import { LocksService } from '../locks.service.js';
import type { AcquireRequest } from './acquire-request.js';
import { CANCEL_RETRY_MS } from './core/limits.js';
import { RELEASE_RETRY_MS } from './limits.js';
import { ScriptedRouter } from './testing/scripted-router.js';

const TIMEOUT_MS = 5_000;
const WAIT_MS = 60_000;
const LOCKS = [{ name: 'a', mode: 'exclusive', token: 9, holds: 1, ttlMs: 1_000, expiresAtMs: 5 }];
const GRANTED = { status: 'granted', locks: LOCKS };
const HELD = { status: 'held', name: 'a', holders: [], queueLength: 0, delayed: true };
const idempotency = { key: 'k', fingerprint: 'f', method: 'POST', path: '/p' };
const wanted: Omit<AcquireRequest, 'waitMs'> = {
  sessionId: null,
  owner: 'one',
  locks: [{ name: 'a', mode: 'exclusive' }],
  ttlMs: 1_000,
  lockDelayMs: 0,
  metadata: null,
};

/** Lets everything happen that needs no time. */
const turn = () => jest.advanceTimersByTimeAsync(0);

function setUp() {
  const router = new ScriptedRouter();
  const service = new LocksService(router as unknown as ClusterRouter);
  service.onModuleInit();
  const client = new AbortController();
  const acquire = (options: { waitMs?: number; keyed?: boolean } = {}) => {
    const { waitMs = WAIT_MS, keyed = false } = options;
    const answer = service.acquire(
      { ...wanted, waitMs },
      {
        deadlineMs: performance.now() + TIMEOUT_MS,
        idempotency: keyed ? idempotency : undefined,
        client: connectionOf(client),
      },
    );
    // Some are looked at long after they have failed.
    answer.catch(() => {});
    return answer;
  };
  return { router, service, client, acquire };
}

/** An acquire that is queued as waiter 7. */
async function waiting(options: { upgrade?: boolean; keyed?: boolean } = {}) {
  const { router, service, client, acquire } = setUp();
  const { upgrade = false, keyed = false } = options;
  const answer = acquire({ keyed });
  router.take('acquire').answer({ status: 'queued', waiterId: 7, upgrade });
  await turn();
  return { router, service, client, acquire, answer };
}

async function samples(metric: string): Promise<string[]> {
  const text = await register.getSingleMetricAsString(metric);
  return text.split('\n').filter((line) => line.startsWith(`${metric}_count`));
}

beforeAll(() => Logger.overrideLogger(false));
beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

describe('an acquire that does not wait', () => {
  it('is one command, and its answer', async () => {
    const { router, acquire } = setUp();
    const answer = acquire({ waitMs: 0 });
    const { body, options, answer: reply } = router.take('acquire');
    expect(body).toEqual({ kind: 'acquire', ...wanted, wait: false });
    expect(options).toEqual({ deadlineMs: performance.now() + TIMEOUT_MS, idempotency: undefined });
    reply(HELD);
    expect(await answer).toEqual({ result: HELD, replayed: false });
    expect(await samples('sinkron_lock_acquire_seconds')).toEqual([
      'sinkron_lock_acquire_seconds_count{outcome="held"} 1',
    ]);
    expect(await samples('sinkron_lock_wait_seconds')).toEqual([]);
  });

  it('is granted at once also when it would have waited', async () => {
    const { router, acquire } = setUp();
    const answer = acquire();
    const { body, answer: reply } = router.take('acquire');
    expect(body).toEqual({ kind: 'acquire', ...wanted, wait: true });
    reply(GRANTED);
    expect(await answer).toEqual({ result: { ...GRANTED, waitedMs: 0 }, replayed: false });
  });

  it('passes the refusals of the router on', async () => {
    const { router, acquire } = setUp();
    const answer = acquire({ waitMs: 0 });
    const refusal = new ProblemError('NO_LEADER', 'nobody leads');
    router.take('acquire').fail(refusal);
    await expect(answer).rejects.toBe(refusal);
    expect(await samples('sinkron_lock_acquire_seconds')).toEqual([
      'sinkron_lock_acquire_seconds_count{outcome="failed"} 1',
    ]);
  });
});

describe('an acquire that waits', () => {
  it('is told what the leader confirms after a hint, and how long it took', async () => {
    const { router, answer } = await waiting();
    await jest.advanceTimersByTimeAsync(400);
    router.notice({ waiterIds: [7] });
    await turn();
    const { body, answer: reply } = router.take('claim');
    expect(body).toEqual({ kind: 'claim', claims: [{ waiterId: 7, proposer: 'p1' }] });
    reply({ status: 'claims', claims: [{ waiterId: 7, outcome: 'granted', locks: LOCKS }] });
    expect(await answer).toEqual({ result: { ...GRANTED, waitedMs: 400 }, replayed: false });
    expect(router.open).toEqual([]);
    expect(await samples('sinkron_lock_wait_seconds')).toEqual([
      'sinkron_lock_wait_seconds_count{outcome="granted"} 1',
    ]);
  });

  it('shares its request to the leader with what was heard in the same turn', async () => {
    const { router, acquire } = await waiting();
    void acquire();
    router.take('acquire').answer({ status: 'queued', waiterId: 8, upgrade: false });
    await turn();
    router.notice({ waiterIds: [7] });
    router.notice({ waiterIds: [8] });
    await turn();
    const claims = [7, 8].map((waiterId) => ({ waiterId, proposer: 'p1' }));
    expect(router.bodies).toEqual([{ kind: 'claim', claims }]);
  });

  it('asks when another node leads', async () => {
    const { router } = await waiting();
    router.leaderNews();
    await turn();
    expect(router.bodies).toEqual([{ kind: 'claim', claims: [{ waiterId: 7, proposer: 'p1' }] }]);
  });

  it('asks again when it does not understand the answer', async () => {
    const { router } = await waiting();
    router.leaderNews();
    await turn();
    router.take('claim').answer({ status: 'claims', claims: 'none' });
    await jest.advanceTimersByTimeAsync(1_000);
    router.take('claim').fail(new ProblemError('NO_LEADER', 'nobody leads'));
    await jest.advanceTimersByTimeAsync(1_000);
    expect(router.bodies).toMatchObject([{ kind: 'claim' }]);
  });

  it('does not mind a malformed hint', async () => {
    const { router } = await waiting();
    router.notice({ waiterIds: 'seven' });
    await turn();
    expect(router.open).toEqual([]);
  });

  it.each([
    [{ status: 'cancelled' }, { status: 'wait-timeout', waitedMs: WAIT_MS }],
    [GRANTED, { ...GRANTED, waitedMs: WAIT_MS }],
  ])('is cancelled when its time is over: %j decides', async (outcome, result) => {
    const { router, answer } = await waiting();
    // Asked after every five seconds meanwhile.
    for (let passedMs = 0; passedMs < WAIT_MS; passedMs += 1_000) {
      await jest.advanceTimersByTimeAsync(1_000);
      for (const asked of [...router.open].filter(({ kind }) => kind === 'claim')) {
        router.take('claim');
        asked.answer({ status: 'claims', claims: [{ waiterId: 7, outcome: 'waiting' }] });
      }
    }
    const { body, answer: reply } = router.take('cancel');
    expect(body).toEqual({ kind: 'cancel', waiterId: 7, release: false });
    reply(outcome);
    expect(await answer).toEqual({ result, replayed: false });
  });

  it('knows nothing when nobody answers by the deadline of its caller', async () => {
    const { router, answer } = await waiting();
    await jest.advanceTimersByTimeAsync(WAIT_MS);
    for (let passedMs = 0; passedMs < TIMEOUT_MS; passedMs += CANCEL_RETRY_MS) {
      router.take('cancel').fail(new ProblemError('OUTCOME_UNKNOWN', 'silence'));
      await jest.advanceTimersByTimeAsync(CANCEL_RETRY_MS);
    }
    await expect(answer).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
    // Nobody would ever hear of a grant.
    expect(router.take('cancel').body).toEqual({ kind: 'cancel', waiterId: 7, release: true });
    expect(await samples('sinkron_lock_wait_seconds')).toEqual([
      'sinkron_lock_wait_seconds_count{outcome="failed"} 1',
    ]);
  });

  it('begins anew with the rest of its time when its waiter is gone', async () => {
    const { router, answer } = await waiting({ keyed: true });
    const gone = { status: 'claims', claims: [{ waiterId: 7, outcome: 'gone' }] };
    router.notice({ waiterIds: [7] });
    await turn();
    router.take('claim').answer(gone);
    await turn();
    const anew = router.take('acquire');
    expect(anew.body).toEqual({ kind: 'acquire', ...wanted, wait: true });
    expect(anew.options.idempotency).toBe(idempotency);
    anew.answer({ status: 'session-not-found' });
    expect(await answer).toEqual({ result: { status: 'session-not-found' }, replayed: false });
  });

  it('asks for the last time without a wait when its waiter is gone at the end', async () => {
    const { router, answer } = await waiting();
    await jest.advanceTimersByTimeAsync(WAIT_MS);
    router.take('cancel').answer({ status: 'gone' });
    await turn();
    const last = router.take('acquire');
    expect(last.body).toEqual({ kind: 'acquire', ...wanted, wait: false });
    last.answer(HELD);
    const result = { status: 'wait-timeout', waitedMs: WAIT_MS };
    expect(await answer).toEqual({ result, replayed: false });
  });

  it('is not the holder when the hold that it was to upgrade has ended', async () => {
    const { router, answer } = await waiting({ upgrade: true });
    router.notice({ waiterIds: [7] });
    await turn();
    const gone = { status: 'claims', claims: [{ waiterId: 7, outcome: 'gone' }] };
    router.take('claim').answer(gone);
    expect((await answer).result).toEqual({ status: 'not-holder' });
  });
});

describe('a client that goes', () => {
  it('leaves the queue when it waits', async () => {
    const { router, client, answer } = await waiting();
    client.abort();
    expect(router.bodies).toEqual([{ kind: 'cancel', waiterId: 7, release: true }]);
    await answer;
    expect(await samples('sinkron_lock_wait_seconds')).toEqual([
      'sinkron_lock_wait_seconds_count{outcome="left"} 1',
    ]);
  });

  it('keeps its grant for a repetition with its Idempotency-Key', async () => {
    const { router, client } = await waiting({ keyed: true });
    client.abort();
    expect(router.bodies).toEqual([{ kind: 'cancel', waiterId: 7, release: false }]);
  });

  it('leaves the queue when it was queued after that', async () => {
    const { router, client, acquire } = setUp();
    void acquire();
    client.abort();
    router.take('acquire').answer({ status: 'queued', waiterId: 7, upgrade: false });
    await turn();
    expect(router.bodies).toEqual([{ kind: 'cancel', waiterId: 7, release: true }]);
  });

  it.each([
    ['before the answer', 0],
    ['behind it, but before it was written out', WAIT_MS],
  ])('gives a grant back: %s', async (_when, waitMs) => {
    const { router, client, acquire } = setUp();
    const answer = acquire({ waitMs });
    if (waitMs === 0) client.abort();
    router.take('acquire').answer(GRANTED);
    await answer;
    client.abort();
    const { body, options } = router.take('release');
    expect(body).toEqual({ kind: 'release', owner: 'one', locks: [{ name: 'a', token: 9 }] });
    // A repetition must not take another hold of the same owner.
    expect(options.idempotency).toMatchObject({ path: '/undelivered' });
    expect(router.open).toEqual([]);
  });

  it('gives a grant back until that is decided, once', async () => {
    const { router, client, acquire } = setUp();
    const answer = acquire();
    router.take('acquire').answer(GRANTED);
    await answer;
    client.abort();
    const first = router.take('release');
    first.fail(new ProblemError('OUTCOME_UNKNOWN', 'silence'));
    await jest.advanceTimersByTimeAsync(RELEASE_RETRY_MS);
    const second = router.take('release');
    expect(second.options.idempotency).toEqual(first.options.idempotency);
    second.answer({ status: 'released', locks: [{ name: 'a', holds: 0 }] });
    await jest.advanceTimersByTimeAsync(10 * RELEASE_RETRY_MS);
    expect(router.open).toEqual([]);
  });

  it('keeps a grant that it may fetch by its Idempotency-Key', async () => {
    const { router, client, acquire } = setUp();
    const answer = acquire({ keyed: true });
    router.take('acquire').answer(GRANTED);
    await answer;
    client.abort();
    expect(router.open).toEqual([]);
  });
});

describe('a node that stops', () => {
  it('cancels what waits, and refuses it when that is decided', async () => {
    const { router, service, answer } = await waiting();
    service.onModuleDestroy();
    const stopped = service.beforeApplicationShutdown();
    expect(router.bodies).toEqual([{ kind: 'cancel', waiterId: 7, release: false }]);
    router.take('cancel').answer({ status: 'cancelled' });
    await expect(answer).rejects.toMatchObject({ code: 'SHUTTING_DOWN', status: 503 });
    await stopped;
    await service.onApplicationShutdown();
  });

  it('tells of a grant that came first', async () => {
    const { router, service, answer } = await waiting();
    service.onModuleDestroy();
    router.take('cancel').answer(GRANTED);
    expect((await answer).result).toMatchObject({ status: 'granted' });
    await service.beforeApplicationShutdown();
  });

  it('refuses new waits before anything is proposed, and serves the rest', async () => {
    const { router, service, acquire } = setUp();
    service.onModuleDestroy();
    await service.beforeApplicationShutdown();
    await expect(acquire()).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
    void acquire({ waitMs: 0 });
    expect(router.bodies).toMatchObject([{ kind: 'acquire', wait: false }]);
  });

  it('cancels what is queued in the last moment', async () => {
    const { router, service, acquire } = setUp();
    const answer = acquire();
    service.onModuleDestroy();
    router.take('acquire').answer({ status: 'queued', waiterId: 7, upgrade: false });
    await turn();
    router.take('cancel').answer({ status: 'cancelled' });
    await expect(answer).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
  });

  it('waits for grants that are being given back, but not for ever', async () => {
    const { router, service, client, acquire } = setUp();
    const answer = acquire();
    router.take('acquire').answer(GRANTED);
    await answer;
    client.abort();
    let stopped = false;
    void service.onApplicationShutdown().then(() => (stopped = true));
    await turn();
    expect(stopped).toBe(false);
    router.take('release').answer({ status: 'released', locks: [{ name: 'a', holds: 0 }] });
    await turn();
    expect(stopped).toBe(true);
  });
});
