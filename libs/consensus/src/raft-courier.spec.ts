import { nodeId } from '@sinkron/config';
import { RAFT_BULK_TIMEOUT_MS } from './raft/driver/limits.js';
import { RaftCourier } from './raft-courier.js';

const [SELF, PEER] = [nodeId('node1'), nodeId('node2')];
const MESSAGE = Uint8Array.of(1, 2);

function bench() {
  const sent: unknown[] = [];
  const received: unknown[] = [];
  let onEvents: (from: typeof PEER, messages: readonly Uint8Array[]) => void = () => {};
  let onRequest: (from: typeof PEER, body: unknown) => unknown = () => undefined;
  const courier = new RaftCourier(SELF, {
    sendEvent: (to, topic, message) => sent.push(['event', to, topic, message]) > 0,
    request: (to, method, body, options) => {
      sent.push(['request', to, method, body, options]);
      return Promise.reject(new Error('lost'));
    },
    onEvents: (_topic, handler) => {
      onEvents = handler;
    },
    handle: (_method, handler) => {
      onRequest = (from, body) => handler(from, body, undefined as never);
    },
  });
  courier.onMessages((from, messages) => received.push([from, messages]));
  return { courier, sent, received, event: onEvents, request: onRequest };
}

describe('RaftCourier', () => {
  it('sends parts of snapshots as requests that may be lost, all else as events', async () => {
    const { courier, sent } = bench();
    courier.send('node2', MESSAGE, false);
    courier.send('node2', MESSAGE, true);
    await Promise.resolve();
    expect(sent).toEqual([
      ['event', 'node2', 'raft', MESSAGE],
      ['request', 'node2', 'raft.bulk', MESSAGE, { timeoutMs: RAFT_BULK_TIMEOUT_MS }],
    ]);
  });

  it('sends nothing to a replica on a disk that its own node had before', () => {
    const { courier, sent } = bench();
    courier.send('node1', MESSAGE, false);
    courier.send('node1', MESSAGE, true);
    expect(sent).toEqual([]);
  });

  it('hears both, and answers what is no message with nothing', () => {
    const { received, event, request } = bench();
    event(PEER, [MESSAGE]);
    expect([request(PEER, MESSAGE), request(PEER, 'text')]).toEqual([null, null]);
    expect(received).toEqual([
      ['node2', [MESSAGE]],
      ['node2', [MESSAGE]],
    ]);
  });
});
