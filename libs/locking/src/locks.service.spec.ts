import type { ClusterRouter } from '@sinkron/cluster';
import { ProblemError } from '@sinkron/http';
import { LocksService } from './locks.service.js';
import { LocalRouter } from './testing/local-router.js';

const idempotency = { key: 'k', fingerprint: 'f', method: 'POST', path: '/p' };
const lock = { name: 'a', sessionId: null, owner: 'one' };

function setUp() {
  const router = new LocalRouter();
  const service = new LocksService(router as unknown as ClusterRouter);
  return { router, service, deadlineMs: performance.now() + 5_000 };
}

async function held() {
  const { router, service, deadlineMs } = setUp();
  const request = { ...lock, mode: 'exclusive', ttlMs: 1_000, metadata: null } as const;
  await service.acquire(request, { deadlineMs });
  router.asked.length = 0;
  return { router, service, deadlineMs };
}

describe('LocksService.renew', () => {
  it('asks the memory of the leader: no log entry', async () => {
    const { router, service, deadlineMs } = await held();
    router.pass(400);
    const request = { ...lock, token: 1, ttlMs: null };
    expect(await service.renew(request, { deadlineMs })).toEqual({
      result: {
        status: 'renewed',
        mode: 'exclusive',
        token: 1,
        holds: 1,
        ttlMs: 1_000,
        expiresAtMs: router.wallMs + 1_000,
      },
      replayed: false,
    });
    expect(router.asked).toEqual(['leaderRequest renew at coordination/locks']);
  });

  it('goes through the log when the length changes', async () => {
    const { router, service, deadlineMs } = await held();
    const request = { ...lock, token: 1, ttlMs: 2_000 };
    const { result } = await service.renew(request, { deadlineMs });
    expect(result).toMatchObject({ status: 'renewed', ttlMs: 2_000 });
    expect(router.asked).toEqual([
      'leaderRequest renew at coordination/locks',
      'execute renew at coordination/locks',
    ]);
  });

  it('goes through the log with an Idempotency-Key, which remembers the answer', async () => {
    const { router, service, deadlineMs } = await held();
    const request = { ...lock, token: 1, ttlMs: null };
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
    const { router, service, deadlineMs } = await held();
    router.pass(1_000);
    const renewal = service.renew({ ...lock, token: 1, ttlMs: null }, { deadlineMs });
    expect(router.asked).toHaveLength(1);
    router.tick();
    expect((await renewal).result).toEqual({ status: 'not-holder' });
    expect(router.asked.length).toBeGreaterThan(1);
  });

  it('is refused with 503 when the expiry is not decided by the deadline', async () => {
    const { router, service } = await held();
    router.pass(1_000);
    const deadlineMs = performance.now() + 30;
    const renewal = service.renew({ ...lock, token: 1, ttlMs: null }, { deadlineMs });
    await expect(renewal).rejects.toMatchObject({ code: 'NO_QUORUM', status: 503 });
  });
});

describe('LocksService', () => {
  it('passes the refusals of the router on', async () => {
    const { router, service, deadlineMs } = await held();
    router.failure = new ProblemError('OUTCOME_UNKNOWN', 'who knows');
    const release = service.release({ ...lock, token: 1 }, { deadlineMs });
    await expect(release).rejects.toBe(router.failure);
  });

  it('does not take an answer for granted that it cannot read', async () => {
    const { router, service, deadlineMs } = await held();
    jest.spyOn(router, 'execute').mockResolvedValue({ result: { status: 'yes' }, replayed: false });
    const release = service.release({ ...lock, token: 1 }, { deadlineMs });
    await expect(release).rejects.toThrow('status must be released or not-holder');
  });

  it('says what the machine did not understand', async () => {
    const { service, deadlineMs } = setUp();
    const release = service.release({ ...lock, name: '', token: 1 }, { deadlineMs });
    await expect(release).rejects.toThrow('name must be a string of 1 to 256 characters');
  });
});
