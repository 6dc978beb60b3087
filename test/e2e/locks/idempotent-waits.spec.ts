import { JsonClient } from '../../support/json-client.js';
import { granted, LockClient } from '../../support/lock-client.js';
import { expectProblem } from '../expect-problem.js';
import { RawSocket } from '../raw-socket.js';
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

const withKey = (key: string) => ({ 'idempotency-key': key });
const reused = { detail: expect.any(String) as string };

describe('An Idempotency-Key of an acquire that waits', () => {
  it('joins the wait: one place, one grant, the same answer', async () => {
    const first = await locks.take('join', 'a');
    const one = await locks.wait('join', 'b', {}, withKey('j'));
    const two = locks.acquire('join', { owner: 'b', waitMs: 25_000 }, withKey('j'));
    const other = await locks.wait('join', 'c');
    expect(await locks.queue('join')).toEqual(['b', 'c']);
    await locks.release('join', first);
    const answers = [await one.answer, await two];
    const [token] = answers.map((answer) => granted(answer).token);
    for (const answer of answers) expect(granted(answer)).toMatchObject({ token, holds: 1 });
    const replayed = await locks.acquire('join', { owner: 'b', waitMs: 25_000 }, withKey('j'));
    expect(replayed.headers['idempotency-replayed']).toBe('true');
    expect(granted(replayed)).toMatchObject({ token, holds: 1 });
    const grant = granted(replayed);
    expect((await locks.release('join', grant)).body).toMatchObject({ released: true });
    expect(granted(await other.answer).owner).toBe('c');
  });

  it('is repeated after the lock was passed on: the answer, not the lock', async () => {
    const first = await locks.take('after', 'a');
    const waiter = await locks.wait('after', 'b', {}, withKey('after'));
    await locks.release('after', first);
    const grant = granted(await waiter.answer);
    await locks.release('after', grant);
    await locks.take('after', 'c');
    const replayed = await locks.acquire('after', { owner: 'b', waitMs: 25_000 }, withKey('after'));
    expect([replayed.status, replayed.headers['idempotency-replayed']]).toEqual([200, 'true']);
    expect(granted(replayed).token).toBe(grant.token);
    expect(await locks.holders('after')).toEqual(['c']);
  });

  it('is refused with another body, during the wait and after it', async () => {
    const first = await locks.take('body', 'a');
    const waiter = await locks.wait('body', 'b', {}, withKey('body'));
    const another = () => locks.acquire('body', { owner: 'b', waitMs: 24_000 }, withKey('body'));
    expectProblem(await another(), 'IDEMPOTENCY_KEY_REUSED', reused);
    expect(await locks.queue('body')).toEqual(['b']);
    await locks.release('body', first);
    granted(await waiter.answer);
    expectProblem(await another(), 'IDEMPOTENCY_KEY_REUSED', reused);
  });

  it('is free again after LOCK_WAIT_TIMEOUT: the repeat waits anew', async () => {
    const first = await locks.take('anew', 'a');
    // Time enough to be seen in the queue, and be given the lock.
    const body = { owner: 'b', waitMs: 1_500 };
    const acquire = () => locks.acquire('anew', body, withKey('anew'));
    expect((await acquire()).body).toMatchObject({ code: 'LOCK_WAIT_TIMEOUT' });
    const again = acquire();
    await locks.untilQueued('anew', ['b']);
    await locks.release('anew', first);
    const answer = await again;
    expect(answer.headers['idempotency-replayed']).toBeUndefined();
    expect(granted(answer).owner).toBe('b');
  });

  it('remembers the deadlock in which it ended', async () => {
    await locks.take('da', 'a');
    const other = await locks.take('db', 'b');
    const waiter = await locks.wait('da', 'b');
    const acquire = () => locks.acquire('db', { owner: 'a', waitMs: 25_000 }, withKey('dead'));
    const refused = await acquire();
    expect(refused.body).toMatchObject({ code: 'DEADLOCK' });
    await locks.release('db', other);
    const replayed = await acquire();
    expect(replayed.headers['idempotency-replayed']).toBe('true');
    expect([replayed.status, replayed.body]).toEqual([409, refused.body]);
    await locks.break('da');
    granted(await waiter.answer);
  });

  it('holds the place when one of its clients goes, until the last is gone', async () => {
    const first = await locks.take('two', 'a');
    const waiter = await locks.wait('two', 'b', {}, withKey('two'));
    const body = JSON.stringify({ ttlMs: 600_000, owner: 'b', waitMs: 25_000 });
    const socket = new RawSocket(node.httpPort);
    const seen = locks.acquire('two', { owner: 'b', waitMs: 25_000 }, withKey('two'));
    socket.send(
      `POST /v1/locks/two/acquire HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n` +
        `Idempotency-Key: two\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    // A second request on that connection is answered only behind the first.
    const later = await locks.wait('two', 'c');
    socket.destroy();
    await socket.closed;
    await locks.release('two', first);
    const tokens = [granted(await waiter.answer).token, granted(await seen).token];
    expect(tokens[0]).toBe(tokens[1]);
    expect(await locks.queue('two')).toEqual(['c']);
    await locks.break('two');
    granted(await later.answer);
  });
});
