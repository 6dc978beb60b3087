import { setImmediate as turn } from 'node:timers/promises';
import { JsonClient } from '../../support/json-client.js';
import { granted, LockClient } from '../../support/lock-client.js';
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

/** Sends an acquire on a connection of its own, which the test may close at any time. */
function acquire(name: string, owner: string, more: object = {}, headers = ''): RawSocket {
  const body = JSON.stringify({ owner, ttlMs: 600_000, waitMs: 25_000, ...more });
  const socket = new RawSocket(node.httpPort);
  socket.send(
    `POST /v1/locks/${name}/acquire HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n` +
      `${headers}Content-Length: ${body.length}\r\n\r\n${body}`,
  );
  return socket;
}

/** Whether the lock is given to whoever comes next, long before the lease of the lost one ends. */
async function isPassedOn(name: string): Promise<void> {
  const next = granted(await locks.acquire(name, { owner: 'next', waitMs: 20_000 }));
  expect(next.owner).toBe('next');
  await locks.release(name, next);
}

describe('A client that goes', () => {
  it('while it waits leaves the queue', async () => {
    const first = await locks.take('wait', 'a');
    const socket = acquire('wait', 'b');
    await locks.untilQueued('wait', ['b']);
    const other = await locks.wait('wait', 'c');
    socket.destroy();
    await locks.untilQueued('wait', ['c']);
    await locks.release('wait', first);
    expect(granted(await other.answer).owner).toBe('c');
  });

  it('while it waits leaves all queues of a multi-lock', async () => {
    await locks.take('many1', 'a');
    const body = JSON.stringify({
      owner: 'b',
      locks: [{ name: 'many1' }, { name: 'many2' }],
      waitMs: 25_000,
    });
    const socket = new RawSocket(node.httpPort);
    socket.send(
      `POST /v1/multi-locks/acquire HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n` +
        `Content-Length: ${body.length}\r\n\r\n${body}`,
    );
    await locks.untilQueued('many1', ['b']);
    socket.destroy();
    await locks.untilQueued('many1', []);
    expect((await locks.get('many2')).status).toBe(404);
  });

  it('with an Idempotency-Key while it waits leaves too; its repeat waits anew', async () => {
    const first = await locks.take('keyed', 'a');
    const socket = acquire('keyed', 'b', {}, 'Idempotency-Key: k1\r\n');
    await locks.untilQueued('keyed', ['b']);
    socket.destroy();
    await locks.untilQueued('keyed', []);
    const headers = { 'idempotency-key': 'k1' };
    const again = await locks.wait('keyed', 'b', {}, headers);
    await locks.release('keyed', first);
    expect(granted(await again.answer)).toMatchObject({ owner: 'b', holds: 1 });
  });

  // Later than these turns the answer may be written: then the client counts as told, read or not.
  it('at once leaves nothing', async () => {
    for (let turns = 0; turns < 3; turns += 1) {
      const socket = acquire('once', 'b');
      for (let passed = 0; passed < turns; passed += 1) await turn();
      socket.destroy();
      await socket.closed;
    }
    await isPassedOn('once');
  });

  it('while its grant is on its way gives the lock back, whichever comes first', async () => {
    for (let turns = 0; turns < 4; turns += 1) {
      const first = await locks.take('grant', 'a');
      const socket = acquire('grant', 'b');
      await locks.untilQueued('grant', ['b']);
      const released = locks.release('grant', first);
      for (let passed = 0; passed < turns; passed += 1) await turn();
      socket.destroy();
      await socket.closed;
      expect((await released).status).toBe(200);
      // Its answer may have come: then it was told, and the lock is its own.
      const [told] = socket.answers;
      if (told !== undefined) {
        expect(told.status).toBe(200);
        await locks.break('grant');
      }
      await isPassedOn('grant');
    }
  });

  it('with an Idempotency-Key between the grant and its answer may fetch it', async () => {
    for (let turns = 0; turns < 12; turns += 1) {
      const key = `fetch-${turns}`;
      const socket = acquire('fetch', 'b', {}, `Idempotency-Key: ${key}\r\n`);
      for (let passed = 0; passed < turns; passed += 1) await turn();
      socket.destroy();
      await socket.closed;
      const body = { owner: 'b', ttlMs: 600_000, waitMs: 25_000 };
      const grant = granted(await locks.acquire('fetch', body, { 'idempotency-key': key }));
      expect(grant).toMatchObject({ owner: 'b', holds: 1 });
      expect((await locks.release('fetch', grant)).body).toMatchObject({ released: true });
    }
  });

  it('on a connection with several requests leaves all of their queues', async () => {
    const names = ['p1', 'p2', 'p3'];
    for (const name of names) await locks.take(name, 'a');
    const socket = new RawSocket(node.httpPort);
    for (const name of names) {
      const body = JSON.stringify({ owner: `of-${name}`, waitMs: 25_000 });
      socket.send(
        `POST /v1/locks/${name}/acquire HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n` +
          `Content-Length: ${body.length}\r\n\r\n${body}`,
      );
    }
    await locks.untilQueued('p1', ['of-p1']);
    socket.destroy();
    for (const name of names) await locks.untilQueued(name, []);
    for (const name of names) {
      await locks.break(name);
      await isPassedOn(name);
    }
  });

  it('that has its answer keeps its lock', async () => {
    const socket = acquire('told', 'b');
    const [answer] = await socket.until(1);
    socket.destroy();
    await socket.closed;
    expect(answer).toMatchObject({ status: 200, body: { owner: 'b', holds: 1 } });
    for (let count = 0; count < 5; count += 1) {
      const refused = await locks.acquire('told', { owner: 'c' });
      expect(refused.body).toMatchObject({ code: 'LOCK_HELD' });
    }
  });
});
