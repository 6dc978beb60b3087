import type { PeerTransport } from '@sinkron/transport';
import { encode } from './codec/tuple.js';
import { proposerId } from './group/command.js';
import { NoticeCourier } from './notice-courier.js';

const HERE = proposerId('node1:a');
const THERE = proposerId('node2:b');
const NODES = new Map([
  [HERE, 'node1'],
  [THERE, 'node2'],
]);

class Bench {
  readonly sent: unknown[] = [];
  readonly heard: unknown[] = [];
  readonly failures: unknown[] = [];
  receive: (messages: readonly Uint8Array[]) => void = () => {};
  readonly courier: NoticeCourier;

  constructor() {
    const transport: Pick<PeerTransport, 'sendEvent' | 'onEvents'> = {
      sendEvent: (to, topic, message) => this.sent.push([to, topic, message]) > 0,
      onEvents: (topic, handler) => {
        this.receive = (messages) => handler('node2' as never, messages);
        this.heard.push(topic);
      },
    };
    this.courier = new NoticeCourier({
      nodeId: 'node1',
      transport,
      nodeOf: (group, proposer) => (group === 'g' ? NODES.get(proposer) : undefined),
      guarded: (change) => {
        try {
          change();
        } catch (error) {
          this.failures.push(error);
        }
      },
    });
    this.heard.length = 0;
    this.courier.listen('g', 'locks', (proposer, body) => this.heard.push([proposer, body]));
  }
}

describe('NoticeCourier', () => {
  it('sends to the node of the proposer', () => {
    const bench = new Bench();
    bench.courier.notify('g', 'locks', { proposer: THERE, body: { waiterIds: [7] } });
    const message = encode(['g', 'locks', THERE, { waiterIds: [7] }]);
    expect(bench.sent).toEqual([['node2', 'group.notice', message]]);
    expect(bench.heard).toEqual([]);
  });

  it('delivers to its own node in a later turn', async () => {
    const bench = new Bench();
    bench.courier.notify('g', 'locks', { proposer: HERE, body: { waiterIds: [7] } });
    expect(bench.heard).toEqual([]);
    await new Promise((resolve) => setImmediate(resolve));
    expect([bench.heard, bench.sent]).toEqual([[[HERE, { waiterIds: [7] }]], []]);
  });

  it('drops what is for a closed proposer', () => {
    const bench = new Bench();
    bench.courier.notify('other', 'locks', { proposer: HERE, body: 1 });
    bench.courier.notify('g', 'locks', { proposer: proposerId('node3:c'), body: 1 });
    expect(bench.sent).toEqual([]);
  });

  it('hands what arrives to the listener of the machine, and drops the rest', () => {
    const bench = new Bench();
    bench.receive([
      encode(['g', 'locks', HERE, 1]),
      encode(['g', 'other', HERE, 2]),
      encode(['g', 'locks']),
      new Uint8Array([0xc1]),
      encode(['g', 'locks', HERE, 3]),
    ]);
    expect([bench.heard, bench.failures]).toEqual([
      [
        [HERE, 1],
        [HERE, 3],
      ],
      [],
    ]);
  });

  it('a listener that fails stops nothing by itself', () => {
    const bench = new Bench();
    const failure = new Error('broken');
    bench.courier.listen('g', 'queues', () => {
      throw failure;
    });
    bench.receive([encode(['g', 'queues', HERE, 1]), encode(['g', 'locks', HERE, 2])]);
    expect([bench.failures, bench.heard]).toEqual([[failure], [[HERE, 2]]]);
  });

  it('has one listener a machine', () => {
    const bench = new Bench();
    expect(() => bench.courier.listen('g', 'locks', () => {})).toThrow('one listener a machine');
  });
});
