import { once } from 'node:events';
import { createServer } from 'node:net';
import { EventReader } from '../support/event-reader.js';
import { eventually } from '../support/eventually.js';
import { JsonClient } from '../support/json-client.js';
import { READY_DEADLINE_MS } from '../support/limits.js';
import { LockClient } from '../support/lock-client.js';
import { expectProblem } from './expect-problem.js';
import { RawSocket } from './raw-socket.js';
import { RealNode } from './real-node.js';

/** A request whose body the node waits for, so that it is under way when the node stops. */
const HEAD =
  'POST /v1/locks/a/acquire HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n' +
  'Content-Length: 17\r\n\r\n';
const GET = 'GET /v1/locks HTTP/1.1\r\nHost: x\r\n\r\n';

describe('A node that stops', () => {
  let node: RealNode;
  beforeEach(async () => {
    node = await RealNode.start();
  });

  it('finishes what is under way and refuses what comes on kept connections', async () => {
    const underWay = new RawSocket(node.httpPort);
    const idle = new RawSocket(node.httpPort);
    const piped = new RawSocket(node.httpPort);
    for (const socket of [idle, piped, underWay]) {
      socket.send(GET);
      await socket.until(1);
    }
    underWay.send(HEAD);
    // The half of a second request keeps this connection from being idle.
    piped.send(GET.slice(0, 20));
    await node.get('/');

    const startMs = performance.now();
    const stopped = node.stop();
    await idle.closed;
    piped.send(GET.slice(20));
    const [, refused] = await piped.until(2);
    if (refused === undefined) throw new Error('there is no second answer');
    expectProblem(refused, 'SHUTTING_DOWN', { detail: 'this node stops; ask another one' });
    expect(refused.headers['connection']).toBe('close');
    await piped.closed;

    underWay.send('{ "owner": "one"}');
    const [, finished] = await underWay.until(2);
    expect(finished).toMatchObject({ status: 200, body: { name: 'a', owner: 'one', holds: 1 } });
    await stopped;
    // Not the 10 s after which connections are cut off.
    expect(performance.now() - startMs).toBeLessThan(9_000);
    await underWay.closed;
  });

  it('refuses those that wait, and ends its streams', async () => {
    const locks = new LockClient(new JsonClient(node.url));
    await locks.take('held', 'a');
    const waiters = [await locks.wait('held', 'b')];
    waiters.push(await locks.wait('held', 'c', {}, { 'idempotency-key': 'k' }));
    const many = locks.acquireMany({
      owner: 'd',
      locks: [{ name: 'held' }, { name: 'free' }],
      waitMs: 25_000,
    });
    await locks.untilQueued('held', ['b', 'c', 'd']);
    const reader = await EventReader.open(`${node.url}/v1/lock-events`);

    const startMs = performance.now();
    const stopped = node.stop();
    for (const answer of [...waiters.map((waiter) => waiter.answer), many]) {
      expectProblem(await answer, 'SHUTTING_DOWN', {
        detail: 'this node stops; wait at another one',
      });
    }
    await stopped;
    expect(performance.now() - startMs).toBeLessThan(9_000);
    await eventually('the stream is over', READY_DEADLINE_MS, () =>
      reader.isOver ? true : undefined,
    );
    await locks.http.close();
  });

  it('gives its port back', async () => {
    const { httpPort } = node;
    await node.stop();
    const server = createServer().listen(httpPort, '127.0.0.1');
    await once(server, 'listening');
    server.close();
    await once(server, 'close');
  });
});
