import { Logger } from '@nestjs/common';
import { parseConfiguration } from '@sinkron/config';
import {
  NO_MEMBERS,
  replicaOf,
  type Configuration,
  type ConsensusService,
  type GroupPlan,
} from '@sinkron/consensus';
import type { Readiness, ReadinessRegistry } from '@sinkron/observability';
import type { DataDirectory } from '@sinkron/storage';
import type { PeerTransport } from '@sinkron/transport';
import type { FormationService } from '../formation/formation.service.js';
import { COORDINATION_GROUP } from '../groups.js';
import type { ClusterRouter } from '../routing/cluster-router.js';
import type { StatusListener, StatusService } from '../status/status.service.js';
import { CoordinationReplica } from './coordination-replica.js';
import type { KnownCluster } from './known-cluster.js';

const CONFIGURATION = parseConfiguration({ DATA_DIR: '/unused', NODE_ID: 'node4' });
const SELF = replicaOf('node4', 'd4');
const NODE1 = replicaOf('node1', 'd1');
const WITH: Configuration = { ...NO_MEMBERS, voters: [NODE1], learners: [SELF] };
const WITHOUT: Configuration = { ...NO_MEMBERS, voters: [NODE1] };

/** node4 with the disk d4; node1 leads. */
class Bench {
  /** The terms in which a replica runs here; null: none does. */
  term: number | null = null;
  /** What the leader says when it is asked whether the replica is out. */
  out: readonly [number, boolean] = [3, true];
  readonly asked: unknown[] = [];
  readonly plans: GroupPlan[] = [];
  readonly known = {
    standing: 'member',
    list: {
      version: 2,
      members: [
        { nodeId: 'node4', address: '127.0.0.1:9004', roles: [], diskId: 'd4', leaving: false },
      ],
    },
  };
  groups: readonly string[] = [];
  /** The disk is at work for a replica that has ended. */
  busy = false;
  readonly replica: CoordinationReplica;
  check: () => Readiness = () => ({ status: 'down' });
  private heard: StatusListener = () => undefined;
  private told: Configuration = WITH;

  constructor() {
    this.replica = new CoordinationReplica(
      CONFIGURATION,
      {
        identity: { replicaId: 'd4' },
        log: { groups: () => this.groups },
      } as unknown as DataDirectory,
      {
        handle: () => undefined,
        request: async (to: string, _method: string, replica: string) => {
          this.asked.push([to, replica]);
          return this.out;
        },
      } as unknown as PeerTransport,
      {
        group: () => (this.term === null ? undefined : { raft: { term: this.term } }),
        start: (plan: GroupPlan) => {
          this.plans.push(plan);
          if (this.busy) return false;
          this.term = 0;
          return true;
        },
        stop: () => (this.term = null),
      } as unknown as ConsensusService,
      { machinesOf: () => [] } as unknown as ClusterRouter,
      {
        onStatus: (listener: StatusListener) => (this.heard = listener),
        groups: () => [{ members: this.told }],
      } as unknown as StatusService,
      { founding: null, settings: {} } as unknown as FormationService,
      this.known as unknown as KnownCluster,
      {
        register: (_name: string, check: () => Readiness) => (this.check = check),
      } as unknown as ReadinessRegistry,
    );
    this.replica.onModuleInit();
  }

  async hear(members: Configuration, from = 'node1', term = 3): Promise<void> {
    this.told = members;
    const group = { id: COORDINATION_GROUP, term, leader: 'node1', members };
    this.heard(from, { groups: [group] } as never);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('CoordinationReplica', () => {
  let bench: Bench;
  beforeAll(() => Logger.overrideLogger(false));
  beforeEach(() => (bench = new Bench()));

  it('starts when the leader counts on it, knowing no members, and only once', async () => {
    await bench.hear(WITHOUT);
    await bench.hear(WITH, 'node2');
    expect(bench.plans).toEqual([]);
    await bench.hear(WITH);
    await bench.hear(WITH);
    expect(bench.plans).toMatchObject([{ replica: SELF, members: NO_MEMBERS, formation: false }]);
  });

  it('tries again when the disk is at work for the one before', async () => {
    bench.busy = true;
    await bench.hear(WITH);
    bench.busy = false;
    await bench.hear(WITH);
    await bench.hear(WITH);
    expect([bench.plans.length, bench.term]).toEqual([2, 0]);
  });

  // Breaks otherwise: a node that was removed comes back as a replica because of a late status.
  it('does not start on a node that is no member', async () => {
    bench.known.standing = 'outsider';
    await bench.hear(WITH);
    expect(bench.plans).toEqual([]);
  });

  it('starts with the node when the disk has a log of the group', () => {
    bench.replica.startOwn(null, false);
    expect(bench.plans).toEqual([]);
    bench.groups = [COORDINATION_GROUP];
    bench.replica.startOwn(null, false);
    expect(bench.plans).toMatchObject([{ replica: SELF, members: NO_MEMBERS, formation: false }]);
  });

  // Breaks otherwise: a removal that is not committed silences a voter that the next leader needs.
  it('stops only when the leader says that its removal is committed, in no older term', async () => {
    bench.term = 3;
    bench.out = [3, false];
    await bench.hear(WITHOUT);
    expect([bench.term, bench.asked]).toEqual([3, [['node1', SELF]]]);
    await bench.hear(WITHOUT, 'node1', 2);
    expect(bench.asked).toHaveLength(1);
    bench.out = [2, true];
    await bench.hear(WITHOUT);
    expect(bench.term).toBe(3);
    bench.out = [3, true];
    await bench.hear(WITHOUT);
    expect(bench.term).toBeNull();
  });

  it('is not ready while its former disk has a vote', async () => {
    await bench.hear({ ...NO_MEMBERS, voters: [NODE1, replicaOf('node4', 'old')] });
    expect(bench.check().status).toBe('down');
    await bench.hear({ ...NO_MEMBERS, voters: [NODE1, SELF] });
    expect(bench.check()).toEqual({ status: 'up' });
  });
});
