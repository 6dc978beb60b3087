import { once } from 'node:events';
import { createServer } from 'node:net';
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
    expect(performance.now() - startMs).toBeLessThan(5_000);
    await underWay.closed;
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
