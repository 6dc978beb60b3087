import { Logger } from '@nestjs/common';
import { proposerId } from '@sinkron/consensus';
import { createSession, endSession } from '../testing/lock-commands.js';
import { CLAIM_INTERVAL_MS, CLAIM_SPREAD_MS, UNATTENDED_NOTICE_MS } from './core/limits.js';
import { grantOf, held, pass, setUp, WAIT_MS } from './testing/locks-at-hand.js';

const idempotency = { key: 'k', fingerprint: 'f', method: 'POST', path: '/p' };

beforeAll(() => Logger.overrideLogger(false));
beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

describe('LocksService.acquire', () => {
  it('waits for a release and is granted a larger token', async () => {
    const { acquire, release } = await held();
    const second = acquire('two');
    await pass(250);
    await release('one', 1);
    await pass();
    expect(await second).toMatchObject(grantOf(2));
    expect((await second).result).toMatchObject({ waitedMs: 250 });
  });

  it('grants in the order of the queue', async () => {
    const { acquire, release } = await held();
    const order: string[] = [];
    for (const owner of ['two', 'three']) {
      void acquire(owner).then(() => order.push(owner));
      await pass();
    }
    await release('one', 1);
    await pass();
    expect(order).toEqual(['two']);
    await release('two', 2);
    await pass();
    expect(order).toEqual(['two', 'three']);
  });

  it('refuses at once without a wait, and after its time with one', async () => {
    const { acquire, look } = await held();
    expect((await acquire('two', { waitMs: 0 })).result).toMatchObject({ status: 'held' });
    const third = acquire('three', { waitMs: 1_000 });
    await pass(999);
    expect(await look()).toMatchObject({ queueLength: 1 });
    await pass(1);
    expect((await third).result).toEqual({ status: 'wait-timeout', waitedMs: 1_000 });
    expect(await look()).toMatchObject({ queueLength: 0 });
  });

  it('finds its grant at the next leader when the hint was lost', async () => {
    const { router, acquire, release } = await held();
    const second = acquire('two');
    await pass();
    router.losesNotices = true;
    await release('one', 1);
    router.changeLeader();
    await pass();
    expect(await second).toMatchObject(grantOf(2));
  });

  it('finds its grant by itself when the hint was lost', async () => {
    const { router, acquire, release } = await held();
    const second = acquire('two');
    await pass();
    router.losesNotices = true;
    await release('one', 1);
    await pass(WAIT_MS / 2 + 1_100);
    expect(await second).toMatchObject(grantOf(2));
  });

  it('finds its grant at the end of its time when nobody could ask before', async () => {
    const { router, acquire, release } = await held();
    const second = acquire('two', { waitMs: 1_000 });
    await pass();
    router.losesNotices = true;
    await release('one', 1);
    await pass(1_000);
    expect(await second).toMatchObject(grantOf(2));
  });

  it('names the cycle that waiting would close', async () => {
    const { acquire } = await held();
    await acquire('two', { names: ['b'] });
    void acquire('two');
    await pass();
    const { result } = await acquire('one', { names: ['b'] });
    expect(result).toMatchObject({ status: 'deadlock' });
    expect(result.status === 'deadlock' && result.cycle).toHaveLength(2);
  });

  it('takes several locks, all at once', async () => {
    const { acquire, release } = await held();
    const both = acquire('two', { names: ['b', 'a'] });
    await pass();
    expect((await acquire('three', { names: ['b'], waitMs: 0 })).result.status).toBe('held');
    await release('one', 1);
    await pass();
    expect((await both).result).toMatchObject({
      status: 'granted',
      locks: [{ name: 'b' }, { name: 'a' }],
    });
  });

  it('is told of its locks in the order in which it asked, whichever it had before', async () => {
    const { acquire, release } = await held();
    await acquire('two', { names: ['b'] });
    const second = acquire('two', { names: ['a', 'b'] });
    await pass();
    await release('one', 1);
    await pass();
    expect((await second).result).toMatchObject({ locks: [{ name: 'a' }, { name: 'b' }] });
  });

  it('is told of all its locks or none: it queues again when one was broken meanwhile', async () => {
    const { router, service, deadlineMs, acquire, release, look } = await held();
    const second = acquire('two', { names: ['a', 'b'] });
    await pass();
    router.losesNotices = true;
    await release('one', 1);
    await service.break('b', { deadlineMs });
    await acquire('three', { names: ['b'] });
    await pass(CLAIM_INTERVAL_MS + CLAIM_SPREAD_MS);
    expect(await look()).toMatchObject({ holders: [], queueLength: 1 });
    router.losesNotices = false;
    await release('three', 4, 'b');
    await pass();
    expect((await second).result).toMatchObject({
      locks: [
        { name: 'a', token: 5, holds: 1 },
        { name: 'b', token: 6, holds: 1 },
      ],
    });
  });

  it('is told when its session ends during the wait', async () => {
    const { router, acquire } = await held();
    router.apply(createSession('s1'));
    const second = acquire('two', { sessionId: 's1' });
    await pass();
    router.apply(endSession('s1'));
    await pass();
    expect((await second).result).toEqual({ status: 'session-not-found' });
  });

  it('is told when the hold that it is to upgrade ends during the wait', async () => {
    const { acquire, release } = setUp();
    await acquire('one', { mode: 'shared' });
    await acquire('two', { mode: 'shared' });
    const upgrade = acquire('two');
    await pass();
    await release('two', 2);
    await pass();
    expect((await upgrade).result).toEqual({ status: 'not-holder' });
  });

  it('queues again when the cluster took this node for dead', async () => {
    const { router, acquire, release } = await held();
    const second = acquire('two');
    await pass();
    router.closeProposer(router.proposer);
    router.proposer = proposerId('node1/2');
    router.changeLeader();
    // A millisecond for what Jest's clock leaves to the next one: the turn behind a turn.
    await pass(1);
    await release('one', 1);
    await pass(1);
    expect(await second).toMatchObject(grantOf(2));
  });

  it('is told at the end of its time what was claimed before the cluster took this node for dead', async () => {
    const { router, acquire, release, look } = await held();
    const second = acquire('two', { waitMs: 1_000 });
    await pass();
    router.lostAnswers.add('claim');
    await release('one', 1);
    await pass(900);
    router.closeProposer(router.proposer);
    router.proposer = proposerId('node1/2');
    router.beforeAnswer = async (kind) => {
      if (kind === 'cancel') router.lostAnswers.clear();
    };
    await pass(100);
    expect(await second).toMatchObject(grantOf(2));
    expect(await look()).toMatchObject({ holders: [{ owner: 'two', holds: 1 }] });
  });
});

describe('LocksService.acquire with an Idempotency-Key', () => {
  it('joins the wait of the same request, and is repeated after it', async () => {
    const { acquire, release, look } = await held();
    const first = acquire('two', { idempotency });
    const second = acquire('two', { idempotency });
    await pass();
    expect(await look()).toMatchObject({ queueLength: 1 });
    await release('one', 1);
    await pass();
    expect(await first).toMatchObject(grantOf(2));
    expect((await second).result).toEqual((await first).result);
    const third = await acquire('two', { idempotency });
    expect(third).toMatchObject({ ...grantOf(2), replayed: true });
    expect(await look()).toMatchObject({ holders: [{ owner: 'two', holds: 1 }] });
  });

  it('is another request with another body', async () => {
    const { acquire } = await held();
    void acquire('two', { idempotency });
    await pass();
    const other = { ...idempotency, fingerprint: 'g' };
    expect((await acquire('two', { idempotency: other })).result).toEqual({ status: 'key-reused' });
  });

  it('keeps its grant for a client that comes again', async () => {
    const { acquire, release } = await held();
    const client = new AbortController();
    void acquire('two', { idempotency, client });
    await pass();
    await release('one', 1);
    client.abort();
    await pass();
    const again = await acquire('two', { idempotency });
    expect(again).toMatchObject({ ...grantOf(2), replayed: true });
  });
});

describe('LocksService.acquire of a client that goes', () => {
  // Breaks otherwise: the lock rests until its lease ends, or its owner has it once more than it knows.
  it('passes on what it had claimed before the cluster took this node for dead', async () => {
    const { router, acquire, release, look } = await held();
    const client = new AbortController();
    void acquire('two', { client });
    await pass();
    router.lostAnswers.add('claim');
    await release('one', 1);
    await pass();
    router.closeProposer(router.proposer);
    router.proposer = proposerId('node1/2');
    expect(await look()).toMatchObject({ holders: [{ owner: 'two' }] });
    router.lostAnswers.clear();
    client.abort();
    await pass();
    expect(await look()).toBeNull();
  });

  it('leaves the queue', async () => {
    const { acquire, look } = await held();
    const client = new AbortController();
    void acquire('two', { client });
    await pass();
    client.abort();
    await pass();
    expect(await look()).toMatchObject({ queueLength: 0 });
  });

  it('passes on what was granted and not told yet', async () => {
    const { router, acquire, release } = await held();
    const client = new AbortController();
    void acquire('two', { client });
    const third = acquire('three');
    await pass();
    router.losesNotices = true;
    await release('one', 1);
    router.losesNotices = false;
    client.abort();
    await pass();
    expect(await third).toMatchObject(grantOf(3));
  });

  it('passes on what was told and not written out', async () => {
    const { acquire, release } = await held();
    const client = new AbortController();
    const second = acquire('two', { client });
    const third = acquire('three');
    await pass();
    await release('one', 1);
    await pass();
    await second;
    client.abort();
    await pass();
    expect(await third).toMatchObject(grantOf(3));
  });

  it('passes on what it was queued for although it never heard of that', async () => {
    const { router, acquire, release } = await held();
    router.lostAnswers.add('acquire');
    await expect(acquire('two')).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
    router.lostAnswers.clear();
    const third = acquire('three');
    await pass();
    await release('one', 1);
    await pass(UNATTENDED_NOTICE_MS);
    expect(await third).toMatchObject(grantOf(3));
  });

  it('gives one hold of several back', async () => {
    const { acquire, look } = await held();
    const client = new AbortController();
    await acquire('one', { client });
    expect(await look()).toMatchObject({ holders: [{ holds: 2 }] });
    client.abort();
    await pass();
    expect(await look()).toMatchObject({ holders: [{ holds: 1 }] });
  });
});

describe('LocksService at the end of its node', () => {
  it('takes its requests out of the queues and says so', async () => {
    const { service, acquire, look } = await held();
    const second = expect(acquire('two')).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
    await pass();
    service.onModuleDestroy();
    await service.beforeApplicationShutdown();
    await second;
    expect(await look()).toMatchObject({ queueLength: 0 });
  });

  it('tells of a grant that came meanwhile', async () => {
    const { router, service, acquire, release } = await held();
    const second = acquire('two');
    await pass();
    router.losesNotices = true;
    await release('one', 1);
    service.onModuleDestroy();
    await service.beforeApplicationShutdown();
    expect(await second).toMatchObject(grantOf(2));
  });
});
