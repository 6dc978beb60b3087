import { Logger } from '@nestjs/common';
import { MalformedError } from '@sinkron/consensus';
import type { PeerTransport, RequestHandler } from '@sinkron/transport';
import type { MembersList } from '../core/members/members-list.js';
import { MEMBERS_ASK_INTERVAL_MS } from '../limits.js';
import type { StatusListener, StatusService } from '../status/status.service.js';
import type { KnownCluster } from './known-cluster.js';
import { MembersExchange, toldMembersTuple } from './members-exchange.js';

const list = (version: number): MembersList => ({ version, members: [], families: [] });

/** A node of cluster a with version 3; its peers answer `answer`. */
class Bench {
  readonly known: { clusterId: string | null; list: MembersList | null; address: string | null } = {
    clusterId: 'a',
    list: list(3),
    address: '127.0.0.1:9002',
  };
  readonly met: unknown[] = [];
  readonly bodies: unknown[] = [];
  readonly asked: string[] = [];
  answer: unknown = toldMembersTuple({ clusterId: 'a', list: list(5) });
  readonly exchange: MembersExchange;
  private heard: StatusListener = () => undefined;
  private handler: RequestHandler | undefined;

  constructor() {
    const { known } = this;
    const methods = {
      identify: (id: string) => void (known.clusterId ??= id),
      meet: (node: string, address: string) => void this.met.push([node, address]),
      adopt: (newer: MembersList) => void (known.list = newer),
    };
    const transport = {
      handle: (_method: string, handler: RequestHandler, askers: string) => {
        expect(askers).toBe('guests');
        this.handler = handler;
      },
      peers: () => [
        { nodeId: 'node1', refusal: null },
        { nodeId: 'node2', refusal: 'node2 does not know' },
      ],
      request: async (to: string, _method: string, body: unknown) => {
        this.asked.push(to);
        this.bodies.push(body);
        return this.answer;
      },
    };
    this.exchange = new MembersExchange(
      Object.assign(known, methods) as unknown as KnownCluster,
      transport as unknown as PeerTransport,
      {
        onStatus: (listener: StatusListener) => (this.heard = listener),
      } as unknown as StatusService,
    );
    this.exchange.onModuleInit();
  }

  async hear(membersVersion: number): Promise<void> {
    this.heard('node1', { membersVersion } as never);
    await jest.advanceTimersByTimeAsync(0);
  }

  tell(body: unknown = null): unknown {
    return this.handler?.('node1' as never, body, { deadlineMs: 1000 });
  }
}

describe('MembersExchange', () => {
  let bench: Bench;
  beforeAll(() => Logger.overrideLogger(false));
  beforeEach(() => {
    jest.useFakeTimers();
    bench = new Bench();
  });
  afterEach(() => {
    bench.exchange.onApplicationShutdown();
    jest.useRealTimers();
  });

  it('asks who has a later list, and nobody else', async () => {
    await bench.hear(3);
    expect(bench.asked).toEqual([]);
    await bench.hear(5);
    expect([bench.asked, bench.known.list?.version]).toEqual([['node1'], 5]);
    expect(bench.tell()).toEqual(toldMembersTuple({ clusterId: 'a', list: list(5) }));
  });

  // Breaks otherwise: a removed node that missed its removal takes itself for a member for ever.
  it('asks who refuses it, again and again', async () => {
    bench.exchange.start();
    await jest.advanceTimersByTimeAsync(2 * MEMBERS_ASK_INTERVAL_MS);
    expect([bench.asked, bench.known.list?.version]).toEqual([['node2', 'node2'], 5]);
  });

  it('says where it is when it asks, for who has lost its disk and knows nobody', async () => {
    await bench.hear(5);
    bench.known.address = null;
    await bench.hear(6);
    expect(bench.bodies).toEqual([['a', '127.0.0.1:9002'], null]);
    Object.assign(bench.known, { clusterId: null, list: null });
    expect(bench.tell(['a', '127.0.0.1:9001'])).toBeNull();
    bench.known.clusterId = 'b';
    bench.tell(['a', '127.0.0.1:9001']);
    expect(bench.met).toEqual([['node1', '127.0.0.1:9001']]);
    expect(() => bench.tell(['a'])).toThrow(MalformedError);
  });

  it('takes no list of another cluster, nor one that is none', async () => {
    bench.answer = toldMembersTuple({ clusterId: 'b', list: list(9) });
    await bench.hear(9);
    bench.answer = ['a', ['x']];
    await bench.hear(9);
    bench.answer = null;
    await bench.hear(9);
    expect([bench.asked.length, bench.known.list?.version]).toEqual([3, 3]);
  });
});
