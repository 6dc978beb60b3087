import { Logger } from '@nestjs/common';
import { ProblemError } from '@sinkron/http';
import { grantOf, held, pass, setUp } from './waiting/testing/locks-at-hand.js';

const idempotency = { key: 'k', fingerprint: 'f', method: 'POST', path: '/p' };

beforeAll(() => Logger.overrideLogger(false));
beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

describe('LocksService.renew', () => {
  const locks = [{ name: 'a', token: 1 }];

  it('asks the memory of the leader: no log entry', async () => {
    const { router, service, deadlineMs } = await held();
    router.pass(400);
    const renewal = await service.renew({ owner: 'one', locks, ttlMs: null }, { deadlineMs });
    expect(renewal).toEqual({
      result: {
        status: 'renewed',
        locks: [
          {
            name: 'a',
            mode: 'exclusive',
            token: 1,
            holds: 1,
            ttlMs: 30_000,
            expiresAtMs: router.wallMs + 30_000,
          },
        ],
      },
      replayed: false,
    });
    expect(router.asked).toEqual(['leaderRequest renew at coordination/locks']);
  });

  it('goes through the log when the length changes', async () => {
    const { router, service, deadlineMs } = await held();
    const request = { owner: 'one', locks, ttlMs: 2_000 };
    const { result } = await service.renew(request, { deadlineMs });
    expect(result).toMatchObject({ status: 'renewed', locks: [{ ttlMs: 2_000 }] });
    expect(router.asked).toEqual([
      'leaderRequest renew at coordination/locks',
      'execute renew at coordination/locks',
    ]);
  });

  it('goes through the log with an Idempotency-Key, which remembers the answer', async () => {
    const { router, service, deadlineMs } = await held();
    const request = { owner: 'one', locks, ttlMs: null };
    const first = await service.renew(request, { deadlineMs, idempotency });
    router.pass(400);
    const second = await service.renew(request, { deadlineMs, idempotency });
    expect([first.replayed, second.replayed]).toEqual([false, true]);
    expect(second.result).toEqual(first.result);
    expect(router.asked).toEqual([
      'execute renew at coordination/locks',
      'execute renew at coordination/locks',
    ]);
  });

  it('waits for the outcome while the lease is expiring, and then is not the holder', async () => {
    jest.useRealTimers();
    const { router, service, deadlineMs } = await held();
    router.pass(30_000);
    const renewal = service.renew({ owner: 'one', locks, ttlMs: null }, { deadlineMs });
    expect(router.asked).toHaveLength(1);
    router.tick();
    expect((await renewal).result).toEqual({ status: 'not-holder', name: 'a', token: 1 });
    expect(router.asked.length).toBeGreaterThan(1);
  });

  it('is refused with 503 when the expiry is not decided by the deadline', async () => {
    jest.useRealTimers();
    const { router, service } = await held();
    router.pass(30_000);
    const deadlineMs = performance.now() + 30;
    const renewal = service.renew({ owner: 'one', locks, ttlMs: null }, { deadlineMs });
    await expect(renewal).rejects.toMatchObject({ code: 'NO_QUORUM', status: 503 });
  });
});

describe('LocksService', () => {
  it('passes the refusals of the router on', async () => {
    const { router, release } = await held();
    router.failure = new ProblemError('OUTCOME_UNKNOWN', 'who knows');
    await expect(release('one', 1)).rejects.toBe(router.failure);
  });

  it('does not take an answer for granted that it cannot read', async () => {
    const { router, release } = await held();
    const { proposer } = router;
    const executed = { result: { status: 'yes' }, replayed: false, proposer };
    jest.spyOn(router, 'execute').mockResolvedValue(executed);
    await expect(release('one', 1)).rejects.toThrow('status must be released or not-holder');
  });

  it('says what the machine did not understand', async () => {
    const { release } = setUp();
    await expect(release('one', 1, '')).rejects.toThrow('name');
  });

  it('breaks a lock, which its first waiter is granted', async () => {
    const { service, deadlineMs, acquire } = await held();
    const second = acquire('two');
    await pass();
    expect((await service.break('a', { deadlineMs })).result).toEqual({ status: 'broken' });
    await pass();
    expect(await second).toMatchObject(grantOf(2));
    expect((await service.break('b', { deadlineMs })).result).toEqual({ status: 'free' });
  });

  it('shows who waits for whom', async () => {
    const { service, deadlineMs, acquire } = await held();
    void acquire('two');
    await pass();
    const graph = await service.graph({ deadlineMs, consistency: 'linearizable' });
    expect(graph.edges).toEqual([{ owner: 'two', waitsFor: 'one', lock: 'a' }]);
    expect(graph.truncated).toBe(false);
  });
});
