import { JsonClient } from '../../support/json-client.js';
import { granted, LockClient } from '../../support/lock-client.js';
import { expectProblem } from '../expect-problem.js';
import { RealNode } from '../real-node.js';

let node: RealNode;
let locks: LockClient;

beforeAll(async () => {
  node = await RealNode.start();
  locks = new LockClient(new JsonClient(node.url));
});
afterAll(async () => {
  await locks.http.close();
  await node.stop();
});

const anInstant = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]{12}Z$/) as string;
const aNumber = expect.any(Number) as number;

describe('An acquire that waits', () => {
  it('is granted by the release, with a larger token', async () => {
    const first = await locks.take('one', 'a');
    const waiter = await locks.wait('one', 'b', { metadata: { job: 7 } });
    expect((await locks.get('one')).body).toMatchObject({
      holders: [{ owner: 'a', token: first.token }],
      queue: [{ owner: 'b', mode: 'exclusive', waitingMs: aNumber }],
    });
    expect((await locks.release('one', first)).body).toMatchObject({ released: true, holds: 0 });
    const { status, body } = await waiter.answer;
    const second = body as { token: number; waitedMs: number };
    expect([status, body]).toEqual([
      200,
      {
        name: 'one',
        owner: 'b',
        mode: 'exclusive',
        token: aNumber,
        holds: 1,
        ttlMs: 600_000,
        expiresAt: anInstant,
        waitedMs: aNumber,
      },
    ]);
    expect(second.token).toBeGreaterThan(first.token);
    expect(second.waitedMs).toBeGreaterThan(0);
    expect((await locks.get('one')).body).toEqual({
      name: 'one',
      mode: 'exclusive',
      holders: [
        {
          owner: 'b',
          token: second.token,
          holds: 1,
          expiresAt: anInstant,
          sessionId: null,
          metadata: { job: 7 },
        },
      ],
      queue: [],
    });
  });

  it('is answered at once when the lock is free', async () => {
    const answer = await locks.acquire('free', { owner: 'a', waitMs: 300_000 });
    expect([answer.status, granted(answer).waitedMs]).toEqual([200, 0]);
  });

  it('gets the lock in the order of arrival, tokens in that order too', async () => {
    const owners = ['b', 'c', 'd', 'e', 'f'];
    let holder = await locks.take('fifo', 'a');
    const waiters = [];
    for (const owner of owners) waiters.push(await locks.wait('fifo', owner));
    expect(await locks.queue('fifo')).toEqual(owners);
    for (const [place, waiter] of waiters.entries()) {
      await locks.release('fifo', holder);
      const next = granted(await waiter.answer);
      expect(next.owner).toBe(owners[place]);
      expect(next.token).toBeGreaterThan(holder.token);
      expect(await locks.queue('fifo')).toEqual(owners.slice(place + 1));
      holder = next;
    }
  });

  it('is told when its time is over, and has left the queue', async () => {
    await locks.take('busy', 'a');
    const answer = await locks.acquire('busy', { owner: 'b', waitMs: 150 });
    const { waitedMs } = answer.body as { waitedMs: number };
    expect(waitedMs).toBeGreaterThanOrEqual(150);
    expect(waitedMs).toBeLessThan(5_000);
    expectProblem(answer, 'LOCK_WAIT_TIMEOUT', {
      detail: `the lock busy could not be had within ${waitedMs} ms`,
      waitedMs,
    });
    expect(await locks.queue('busy')).toEqual([]);
  });

  it('has its wait on top of its deadline', async () => {
    const first = await locks.take('patient', 'a');
    const headers = { 'x-timeout-ms': '100' };
    const answer = await locks.acquire('patient', { owner: 'b', waitMs: 400 }, headers);
    expect(answer.body).toMatchObject({ code: 'LOCK_WAIT_TIMEOUT' });
    const waiter = await locks.wait('patient', 'c', {}, headers);
    await locks.release('patient', first);
    expect(granted(await waiter.answer).owner).toBe('c');
  });

  it('sees nobody pass: a newcomer is refused while another waits', async () => {
    const first = await locks.take('line', 'a', { mode: 'shared' });
    const waiter = await locks.wait('line', 'b');
    expectProblem(await locks.acquire('line', { owner: 'c', mode: 'shared' }), 'LOCK_HELD', {
      detail: 'the lock line is held by a, and 1 wait for it',
      name: 'line',
      holders: [{ owner: 'a', token: first.token, holds: 1, sessionId: null }],
      queueLength: 1,
    });
    await locks.release('line', first);
    expect(granted(await waiter.answer).owner).toBe('b');
  });

  it('may wait in the order of its holder: a second request is granted with the first', async () => {
    const first = await locks.take('twice', 'a');
    const waiter = await locks.wait('twice', 'b');
    const other = await locks.wait('twice', 'c');
    const again = locks.acquire('twice', { owner: 'b', waitMs: 20_000 });
    await locks.untilQueued('twice', ['b', 'b', 'c']);
    await locks.release('twice', first);
    const grant = granted(await waiter.answer);
    expect(granted(await again).token).toBe(grant.token);
    expect((await locks.get('twice')).body).toMatchObject({
      holders: [{ owner: 'b', holds: 2 }],
      queue: [{ owner: 'c' }],
    });
    await locks.release('twice', grant);
    await locks.release('twice', grant);
    expect(granted(await other.answer).owner).toBe('c');
  });
});

describe('Shared and exclusive', () => {
  it('readers are together, a writer after them, and readers after the writer together', async () => {
    const writer = await locks.take('doc', 'w0');
    const readers = [await locks.wait('doc', 'r1', { mode: 'shared' })];
    readers.push(await locks.wait('doc', 'r2', { mode: 'shared' }));
    const second = await locks.wait('doc', 'w1');
    const late = await locks.wait('doc', 'r3', { mode: 'shared' });
    expect(await locks.queue('doc')).toEqual(['r1', 'r2', 'w1', 'r3']);

    await locks.release('doc', writer);
    const both = [];
    for (const reader of readers) both.push(granted(await reader.answer));
    expect(both.map(({ owner, mode }) => [owner, mode])).toEqual([
      ['r1', 'shared'],
      ['r2', 'shared'],
    ]);
    expect((await locks.get('doc')).body).toMatchObject({
      mode: 'shared',
      holders: [{ owner: 'r1' }, { owner: 'r2' }],
      queue: [
        { owner: 'w1', mode: 'exclusive' },
        { owner: 'r3', mode: 'shared' },
      ],
    });
    for (const grant of both) await locks.release('doc', grant);
    const next = granted(await second.answer);
    expect(await locks.queue('doc')).toEqual(['r3']);
    await locks.release('doc', next);
    const last = granted(await late.answer);
    expect(last.token).toBeGreaterThan(next.token);
    expect(next.token).toBeGreaterThan(Math.max(...both.map(({ token }) => token)));
  });

  it('a reader takes it again although a writer waits, and what it covers at once', async () => {
    const reader = await locks.take('again', 'r', { mode: 'shared' });
    const writer = await locks.wait('again', 'w');
    const again = granted(await locks.acquire('again', { owner: 'r', mode: 'shared' }));
    expect([again.token, again.holds]).toEqual([reader.token, 2]);
    await locks.release('again', reader);
    await locks.release('again', reader);
    const written = granted(await writer.answer);
    const shared = granted(await locks.acquire('again', { owner: 'w', mode: 'shared' }));
    // It stays exclusive until its holder has given back every hold.
    expect(shared).toMatchObject({ mode: 'exclusive', token: written.token, holds: 2 });
    await locks.release('again', written);
    expectProblem(await locks.acquire('again', { owner: 'r', mode: 'shared' }), 'LOCK_HELD', {
      detail: 'the lock again is held by w',
      name: 'again',
      holders: [{ owner: 'w', token: written.token, holds: 1, sessionId: null }],
      queueLength: 0,
    });
  });
});

describe('An upgrade', () => {
  it('of the only reader is at once; both its tokens are good for a release', async () => {
    const reader = await locks.take('up', 'a', { mode: 'shared' });
    const upgraded = granted(await locks.acquire('up', { owner: 'a' }));
    expect(upgraded).toMatchObject({ mode: 'exclusive', holds: 2, waitedMs: 0 });
    expect(upgraded.token).toBeGreaterThan(reader.token);
    expect((await locks.release('up', reader)).body).toMatchObject({ released: false, holds: 1 });
    expect((await locks.get('up')).body).toMatchObject({ mode: 'exclusive' });
    expect((await locks.release('up', upgraded)).body).toMatchObject({ released: true, holds: 0 });
  });

  it('waits at the head for the other readers', async () => {
    await locks.take('head', 'a', { mode: 'shared' });
    const other = await locks.take('head', 'b', { mode: 'shared' });
    const writer = await locks.wait('head', 'w');
    expect((await locks.acquire('head', { owner: 'a' })).body).toMatchObject({ code: 'LOCK_HELD' });
    const upgrade = await locks.wait('head', 'a');
    expect(await locks.queue('head')).toEqual(['a', 'w']);
    await locks.release('head', other);
    const upgraded = granted(await upgrade.answer);
    expect(upgraded).toMatchObject({ owner: 'a', mode: 'exclusive', holds: 2 });
    await locks.release('head', upgraded);
    await locks.release('head', upgraded);
    expect(granted(await writer.answer).owner).toBe('w');
  });

  it('whose hold ends while it waits is told so', async () => {
    const reader = await locks.take('lost', 'a', { mode: 'shared' });
    await locks.take('lost', 'b', { mode: 'shared' });
    const upgrade = await locks.wait('lost', 'a');
    await locks.release('lost', reader);
    expectProblem(await upgrade.answer, 'NOT_HOLDER', {
      detail: 'a waited to make its hold of the lock lost exclusive, and that hold has ended',
    });
    expect(await locks.queue('lost')).toEqual([]);
    expect(await locks.holders('lost')).toEqual(['b']);
  });
});

describe('DELETE /v1/locks/{name}', () => {
  it('breaks a lock: the token is dead, the waiter is granted at once', async () => {
    const holder = await locks.take('stuck', 'a', { lockDelayMs: 60_000 });
    const waiter = await locks.wait('stuck', 'b');
    const broken = await locks.break('stuck');
    expect([broken.status, broken.body]).toEqual([204, undefined]);
    const next = granted(await waiter.answer);
    expect(next.token).toBeGreaterThan(holder.token);
    const detail = `a does not hold the lock stuck with token ${holder.token}: it was released, broken, or its lease has ended`;
    const refusal = { detail, name: 'stuck' };
    expectProblem(await locks.release('stuck', holder), 'NOT_HOLDER', refusal);
    expectProblem(
      await locks.renew('stuck', { owner: 'a', token: holder.token }),
      'NOT_HOLDER',
      refusal,
    );
  });

  it('takes it from all readers, and is refused for a free lock', async () => {
    for (const owner of ['a', 'b']) await locks.take('shared', owner, { mode: 'shared' });
    expect((await locks.break('shared')).status).toBe(204);
    const detail = 'the lock shared is free and nobody waits for it';
    expectProblem(await locks.break('shared'), 'LOCK_NOT_FOUND', { detail });
    expectProblem(await locks.get('shared'), 'LOCK_NOT_FOUND', { detail });
  });

  it('is repeated by its Idempotency-Key', async () => {
    await locks.take('once', 'a');
    const breakIt = () =>
      locks.http.send('DELETE', '/v1/locks/once', undefined, { 'idempotency-key': 'break-1' });
    expect((await breakIt()).status).toBe(204);
    await locks.take('once', 'b');
    const replayed = await breakIt();
    expect([replayed.status, replayed.headers['idempotency-replayed']]).toEqual([204, 'true']);
    expect(await locks.holders('once')).toEqual(['b']);
  });
});
