import { InvariantViolation } from '@sinkron/invariant';
import { MESSAGE_BYTES_MAX, REQUESTS_IN_FLIGHT_MAX, UNSENT_EVENT_BYTES_MAX } from '../limits.js';
import type { PeerTiming } from '../peer-timing.js';
import type { PeerTransport } from '../peer-transport.js';
import { TransportError } from '../transport-error.js';
import { eventually } from './eventually.js';
import { freePorts, NODE1, NODE2, startPeerNode, type PeerNode } from './peer-node.js';
import { TcpProxy } from './tcp-proxy.js';

interface Pair {
  readonly node1: PeerTransport;
  readonly proxy: TcpProxy;
  close(): Promise<void>;
}

/** node1 with a connection to node2 through a proxy. */
async function connectedPair(
  prepare: (node2: PeerTransport) => void,
  timing: Partial<PeerTiming> = {},
): Promise<Pair> {
  const ports = await freePorts('node1', 'node2', 'proxy');
  const proxy = await TcpProxy.listen(ports.proxy, ports.node2);
  const second = await startPeerNode({
    nodeId: NODE2,
    port: ports.node2,
    peers: { node1: ports.node1, node2: ports.node2 },
    prepare,
  });
  const first: PeerNode = await startPeerNode({
    nodeId: NODE1,
    port: ports.node1,
    peers: { node1: ports.node1, node2: ports.proxy },
    timing,
  });
  first.transport.connect();
  await eventually(() => first.transport.status(NODE2)?.connected === true);
  return {
    node1: first.transport,
    proxy,
    close: async () => {
      await Promise.all([first.close(), second.close()]);
      await proxy.close();
    },
  };
}

function failureOf(promise: Promise<unknown>): Promise<Pick<TransportError, 'code' | 'message'>> {
  return promise.then(
    () => {
      throw new Error('the request was answered');
    },
    (error: unknown) => {
      if (!(error instanceof TransportError)) throw error;
      const { code, message } = error;
      return { code, message };
    },
  );
}

describe('events', () => {
  const received: [string, string[]][] = [];
  let pair: Pair;

  beforeAll(async () => {
    pair = await connectedPair((node2) => {
      for (const topic of ['raft', 'lease']) {
        node2.onEvents(topic, (from, messages) => {
          received.push([`${topic} from ${from}`, messages.map((bytes) => String(bytes))]);
        });
      }
      node2.onEvents('broken', () => {
        throw new Error('this handler fails');
      });
    });
  });
  beforeEach(() => received.splice(0));
  afterAll(() => pair.close());

  it('of one turn arrive in one frame, by topic and in order', async () => {
    const { node1 } = pair;
    for (const [topic, message] of [
      ['raft', 'append 1'],
      ['lease', 'renew'],
      ['raft', 'append 2'],
      ['unknown to node2', '?'],
      ['broken', '!'],
    ] as const) {
      expect(node1.sendEvent(NODE2, topic, Buffer.from(message))).toBe(true);
    }
    await eventually(() => received.length >= 2);
    expect(received).toEqual([
      ['raft from node1', ['append 1', 'append 2']],
      ['lease from node1', ['renew']],
    ]);
  });

  it('of two turns arrive in order', async () => {
    const { node1 } = pair;
    for (let turn = 0; turn < 50; turn += 1) {
      node1.sendEvent(NODE2, 'raft', Buffer.from(String(turn)));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await eventually(() => received.flatMap(([, messages]) => messages).length === 50);
    expect(received.flatMap(([, messages]) => messages)).toEqual(
      Array.from({ length: 50 }, (_, turn) => String(turn)),
    );
  });

  it('are dropped above the bytes that may wait, and when one is too long', () => {
    const { node1 } = pair;
    expect(node1.sendEvent(NODE2, 'nobody', new Uint8Array(MESSAGE_BYTES_MAX + 1))).toBe(false);
    const message = new Uint8Array(1024 * 1024);
    let sent = 0;
    while (sent < 1000 && node1.sendEvent(NODE2, 'nobody', message)) sent += 1;
    expect(sent).toBe(UNSENT_EVENT_BYTES_MAX / message.length - 1);
  });

  it('to this node itself are a broken invariant', () => {
    const { node1 } = pair;
    expect(() => node1.sendEvent(NODE1, 'raft', new Uint8Array(1))).toThrow(InvariantViolation);
    expect(() => node1.request(NODE1, 'echo', null, { timeoutMs: 1_000 })).toThrow(
      InvariantViolation,
    );
  });
});

describe('requests', () => {
  let pair: Pair;
  let release: () => void = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  let heldCount = 0;

  beforeAll(async () => {
    pair = await connectedPair((node2) => {
      node2.handle('echo', (from, body, { deadlineMs }) => ({ from, body, deadlineMs }));
      node2.handle('bytes', (_from, body) => (Buffer.isBuffer(body) ? body.length : 'no bytes'));
      node2.handle('repeat', (_from, count) => new Uint8Array(Number(count)));
      node2.handle('hold', async () => {
        heldCount += 1;
        await held;
        return 'released';
      });
      node2.handle('reject', () => {
        throw Object.assign(new Error('someone else holds it'), {
          code: 'LOCK_HELD',
          data: { holder: 'b', token: 7n },
        });
      });
      node2.handle('fail', async () => {
        await Promise.resolve();
        throw new TypeError('a secret of the implementation');
      });
      node2.handle('unencodable', () => new Map([[{}, 1]]));
    });
  });
  afterAll(() => pair.close());

  it('bring bodies over and replies back', async () => {
    const body = { text: 'a', list: [1, 2.5, -3, null, true], big: 2n ** 63n, none: undefined };
    const reply = await pair.node1.request(NODE2, 'echo', body, { timeoutMs: 5_000 });
    expect(reply).toEqual({ from: NODE1, body, deadlineMs: expect.any(Number) as number });
    const { deadlineMs } = reply as { deadlineMs: number };
    expect(deadlineMs).toBeGreaterThan(3_000);
    expect(deadlineMs).toBeLessThanOrEqual(5_000);
  });

  it('run side by side: a slow one does not hold up the next', async () => {
    const slow = pair.node1.request(NODE2, 'hold', null, { timeoutMs: 10_000 });
    await eventually(() => heldCount === 1);
    const replies = await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        pair.node1.request(NODE2, 'echo', index, { timeoutMs: 5_000 }),
      ),
    );
    expect(replies.map((reply) => (reply as { body: number }).body)).toEqual(
      Array.from({ length: 100 }, (_, index) => index),
    );
    release();
    await expect(slow).resolves.toBe('released');
  });

  it('carry large bodies and large replies', async () => {
    const bytes = 23 * 1024 * 1024;
    const options = { timeoutMs: 20_000 };
    await expect(pair.node1.request(NODE2, 'bytes', new Uint8Array(bytes), options)).resolves.toBe(
      bytes,
    );
    await expect(pair.node1.request(NODE2, 'repeat', bytes, options)).resolves.toHaveLength(bytes);
  });

  it('bring an error with its code and data, and no other detail of a failure', async () => {
    const options = { timeoutMs: 5_000 };
    const rejected = pair.node1.request(NODE2, 'reject', null, options);
    await expect(rejected).rejects.toBeInstanceOf(TransportError);
    await expect(rejected).rejects.toMatchObject({
      code: 'REMOTE',
      remote: {
        code: 'LOCK_HELD',
        message: 'someone else holds it',
        data: { holder: 'b', token: 7n },
      },
    });
    const internal = { code: 'INTERNAL', message: 'the peer failed on this request' };
    for (const [method, remote] of [
      ['fail', internal],
      ['unencodable', internal],
      ['repeat', { code: 'REPLY_TOO_LARGE', message: expect.any(String) as string }],
      ['nothing', { code: 'UNKNOWN_METHOD', message: 'there is no method nothing' }],
    ] as const) {
      await expect(
        pair.node1.request(NODE2, method, MESSAGE_BYTES_MAX, options),
      ).rejects.toMatchObject({ code: 'REMOTE', remote });
    }
  });

  it('that cannot leave are NOT_SENT', async () => {
    const { node1 } = pair;
    for (const [body, timeoutMs, reason] of [
      [Symbol('no value'), 1_000, 'the body cannot be encoded'],
      [2n ** 64n, 1_000, 'the body cannot be encoded'],
      [new Uint8Array(MESSAGE_BYTES_MAX), 1_000, 'the body has 25161733 bytes'],
      [null, 0, 'the deadline has passed'],
    ] as const) {
      await expect(failureOf(node1.request(NODE2, 'echo', body, { timeoutMs }))).resolves.toEqual({
        code: 'NOT_SENT',
        message: `no request to node2: ${reason}`,
      });
    }
  });
});

describe('requests over a bad network', () => {
  let pair: Pair;
  let handled = 0;

  beforeEach(async () => {
    handled = 0;
    pair = await connectedPair((node2) => {
      node2.handle('count', () => {
        handled += 1;
        return handled;
      });
      node2.handle('never', () => {
        handled += 1;
        return new Promise(() => {});
      });
    });
  });
  afterEach(() => pair.close());

  it('are OUTCOME_UNKNOWN when the connection is lost, NOT_SENT while there is none', async () => {
    const failure = failureOf(pair.node1.request(NODE2, 'never', null, { timeoutMs: 20_000 }));
    await eventually(() => handled === 1);
    pair.proxy.cut();
    await expect(failure).resolves.toEqual({
      code: 'OUTCOME_UNKNOWN',
      message: 'never: the connection to node2 was lost',
    });
    await expect(
      failureOf(pair.node1.request(NODE2, 'count', null, { timeoutMs: 20_000 })),
    ).resolves.toEqual({ code: 'NOT_SENT', message: 'no request to node2: not connected' });
    expect(handled).toBe(1);

    await eventually(() => pair.node1.status(NODE2)?.connected === true);
    await expect(pair.node1.request(NODE2, 'count', null, { timeoutMs: 20_000 })).resolves.toBe(2);
  });

  it('are OUTCOME_UNKNOWN when the reply is late, and NOT_SENT before they were written', async () => {
    await expect(
      failureOf(pair.node1.request(NODE2, 'never', null, { timeoutMs: 20 })),
    ).resolves.toEqual({ code: 'OUTCOME_UNKNOWN', message: 'never: node2 did not reply in time' });

    const queued = failureOf(pair.node1.request(NODE2, 'count', null, { timeoutMs: 20_000 }));
    pair.node1.close();
    await expect(queued).resolves.toEqual({
      code: 'NOT_SENT',
      message: 'no request to node2: the connection to node2 was lost',
    });
    expect(handled).toBe(1);
  });

  it('have a bounded number in flight', async () => {
    const options = { timeoutMs: 20_000 };
    const failures = Array.from({ length: REQUESTS_IN_FLIGHT_MAX }, () =>
      failureOf(pair.node1.request(NODE2, 'never', null, options)),
    );
    await expect(failureOf(pair.node1.request(NODE2, 'count', null, options))).resolves.toEqual({
      code: 'NOT_SENT',
      message: 'no request to node2: too many requests are in flight',
    });
    await eventually(() => handled === REQUESTS_IN_FLIGHT_MAX);
    pair.proxy.cut();
    const codes = new Set((await Promise.all(failures)).map(({ code }) => code));
    expect(codes).toEqual(new Set(['OUTCOME_UNKNOWN']));
  });

  it('that nobody waits for any more give their place free here, and keep it there', async () => {
    const failures = Array.from({ length: REQUESTS_IN_FLIGHT_MAX }, () =>
      failureOf(pair.node1.request(NODE2, 'never', null, { timeoutMs: 1_000 })),
    );
    await eventually(() => handled === REQUESTS_IN_FLIGHT_MAX);
    const codes = new Set((await Promise.all(failures)).map(({ code }) => code));
    expect(codes).toEqual(new Set(['OUTCOME_UNKNOWN']));
    await expect(
      failureOf(pair.node1.request(NODE2, 'count', null, { timeoutMs: 20_000 })),
    ).resolves.toEqual({
      code: 'NOT_SENT',
      message: 'no request to node2: node2 has too many requests in flight',
    });
    expect(handled).toBe(REQUESTS_IN_FLIGHT_MAX);
  });

  it('leave a peer that is connected and silent', async () => {
    const failure = failureOf(pair.node1.request(NODE2, 'never', null, { timeoutMs: 20_000 }));
    await eventually(() => handled === 1);
    pair.proxy.freeze();
    await expect(failure).resolves.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
    await eventually(() => pair.node1.status(NODE2)?.connected === false);
    expect(pair.node1.sendEvent(NODE2, 'raft', new Uint8Array(1))).toBe(false);
    pair.proxy.cut();
    pair.proxy.thaw();
    await eventually(() => pair.node1.status(NODE2)?.connected === true);
  });
});

describe('requests to a peer that does not read', () => {
  it('are refused while too many bytes wait for the peer', async () => {
    let handled = 0;
    const pair = await connectedPair(
      (node2) => node2.handle('never', () => (handled += 1)),
      // The frozen peer must not be left before the bytes have gathered.
      { pingIntervalMs: 60_000 },
    );
    pair.proxy.freeze();
    const body = new Uint8Array(8 * 1024 * 1024);
    const outcomes: Promise<Pick<TransportError, 'code' | 'message'>>[] = [];
    for (let turn = 0; turn < 8; turn += 1) {
      outcomes.push(failureOf(pair.node1.request(NODE2, 'never', body, { timeoutMs: 20_000 })));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(pair.node1.sendEvent(NODE2, 'raft', new Uint8Array(1))).toBe(true);
    await expect(outcomes.at(-1)).resolves.toEqual({
      code: 'NOT_SENT',
      message: 'no request to node2: too many bytes wait to be sent',
    });
    pair.proxy.cut();
    await expect(outcomes[0]).resolves.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
    expect(handled).toBe(0);
    await pair.close();
  });
});
