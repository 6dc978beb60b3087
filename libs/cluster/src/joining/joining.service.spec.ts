import { Logger } from '@nestjs/common';
import { ConfigurationError, parseConfiguration } from '@sinkron/config';
import type { Readiness, ReadinessRegistry } from '@sinkron/observability';
import type { PeerTransport } from '@sinkron/transport';
import type { FormationService } from '../formation/formation.service.js';
import { JOIN_INTERVAL_MS } from '../limits.js';
import type { KnownCluster } from '../members/known-cluster.js';
import type { MembersExchange } from '../members/members-exchange.js';
import { LeaderWatch } from '../routing/leader-watch.js';
import { joinReplyTuple, readJoinRequest, type JoinReply } from './join-codec.js';
import { JoiningService } from './joining.service.js';

const CONFIGURATION = parseConfiguration({ DATA_DIR: '/unused', NODE_ID: 'node4' });
const SETTINGS = {
  shards: 8,
  replicationFactor: 3,
  queueStore: 'replicated',
  cacheStore: 'replicated',
  formatVersion: 1,
  heartbeatMs: 50,
};
const ADMITTED: JoinReply = {
  kind: 'admitted',
  told: { clusterId: 'a', list: { version: 2, members: [], families: [] } },
};

/** node4, which node1 and node2 answer; null: it does not. */
class Bench {
  readonly leaders = new LeaderWatch();
  readonly known = { standing: 'unknown', list: null as unknown, diskId: 'd4' };
  readonly replies = new Map<string, JoinReply | null>([
    ['node1', null],
    ['node2', null],
  ]);
  readonly joining: JoiningService;
  outcome: unknown = 'waiting';
  private check: () => Readiness = () => ({ status: 'up' });

  constructor() {
    this.joining = new JoiningService(
      CONFIGURATION,
      {
        peers: () => [...this.replies.keys()].map((nodeId) => ({ nodeId })),
        request: async (to: string, _method: string, body: unknown) => {
          expect(readJoinRequest(body).applicant.diskId).toBe('d4');
          const reply = this.replies.get(to) ?? null;
          if (reply === null) throw new Error('not reached');
          return joinReplyTuple(reply);
        },
      } as unknown as PeerTransport,
      { settings: SETTINGS } as unknown as FormationService,
      this.known as unknown as KnownCluster,
      {
        take: ({ list }: { readonly list: unknown }) =>
          Object.assign(this.known, { list, standing: 'member' }),
      } as unknown as MembersExchange,
      this.leaders,
      {
        register: (_name: string, check: () => Readiness) => (this.check = check),
      } as unknown as ReadinessRegistry,
    );
    this.joining.onModuleInit();
    this.joining.admitted().then(
      () => (this.outcome = 'admitted'),
      (error: unknown) => (this.outcome = error),
    );
  }

  async round(): Promise<readonly [unknown, Readiness, string | null]> {
    await jest.advanceTimersByTimeAsync(JOIN_INTERVAL_MS);
    return [this.outcome, this.check(), this.leaders.refusal];
  }
}

describe('JoiningService', () => {
  let bench: Bench;
  beforeAll(() => Logger.overrideLogger(false));
  beforeEach(() => {
    jest.useFakeTimers();
    bench = new Bench();
  });
  afterEach(() => {
    bench.joining.onApplicationShutdown();
    jest.useRealTimers();
  });

  it('refuses requests and says why until some member lets it in', async () => {
    const waits = (cause: string): unknown => {
      const detail = `node4 is no member of the cluster: ${cause}`;
      return ['waiting', { status: 'down', detail }, detail];
    };
    expect(await bench.round()).toEqual(waits('no member answers'));
    bench.replies.set('node2', { kind: 'waiting', reason: 'nobody has added it' });
    expect(await bench.round()).toEqual(waits('nobody has added it'));
    bench.replies.set('node1', ADMITTED);
    expect(await bench.round()).toEqual(['admitted', { status: 'up' }, null]);
  });

  it('does not go on as it is configured when a member says that it cannot', async () => {
    bench.replies.set('node1', { kind: 'waiting', reason: 'nobody has added it' });
    bench.replies.set('node2', { kind: 'refused', reason: 'SHARDS is 4 on this node but 8' });
    const [outcome] = await bench.round();
    expect(outcome).toBeInstanceOf(ConfigurationError);
  });

  it('waits no more once the node stops', async () => {
    await bench.round();
    bench.joining.onApplicationShutdown();
    bench.replies.set('node1', ADMITTED);
    await bench.round();
    expect([bench.outcome, jest.getTimerCount()]).toEqual(['waiting', 0]);
  });
});
