import { Logger } from '@nestjs/common';
import { parseConfiguration } from '@sinkron/config';
import { configuration, NO_MEMBERS, replicaOf, type ReplicatedMachine } from '@sinkron/consensus';
import type { MembersList } from '../core/members/members-list.js';
import type { Readiness, ReadinessRegistry } from '@sinkron/observability';
import type { KnownCluster } from '../members/known-cluster.js';
import type { GroupReplicas, OriginOf } from '../replicas/group-replicas.js';
import { LeaderWatch } from '../routing/leader-watch.js';
import type { ShardFamily } from './core/shard-family.js';
import { ShardFamilies } from './shard-families.js';
import { ShardReplicas } from './shard-replicas.js';

const CONFIGURATION = parseConfiguration({ DATA_DIR: '/unused', NODE_ID: 'node2', SHARDS: '3' });
const replica = (index: number) => replicaOf(`node${index}`, `d${index}`);

/** Shard 0 on node1 and node2, shard 1 on node2, shard 2 on node1. */
const QUEUES: ShardFamily = {
  name: 'queues',
  role: 'queues',
  founders: [
    { nodeId: 'node1', diskId: 'd1' },
    { nodeId: 'node2', diskId: 'd2' },
  ],
  shards: [[0, 1], [1], [0]],
};

/** node2 with the disk d2. */
class Bench {
  logs: readonly string[] = [];
  readonly started: unknown[] = [];
  readonly known = { diskId: 'd2', list: null as MembersList | null };
  readonly leaders = new LeaderWatch();
  readonly shards: ShardReplicas;
  check: () => Readiness = () => ({ status: 'down' });
  private originOf: OriginOf = () => null;

  constructor() {
    const families = new ShardFamilies(CONFIGURATION);
    const machine = (name: string) => ({ name }) as unknown as ReplicatedMachine;
    families.register({ name: 'queues', role: 'queues', machine });
    this.shards = new ShardReplicas(
      CONFIGURATION,
      families,
      {
        provide: (originOf: OriginOf) => (this.originOf = originOf),
        hasLog: (group: string) => this.logs.includes(group),
        start: (group: string, plan: object) => {
          this.started.push([group, this.originOf(group)?.members, plan]);
          return true;
        },
      } as unknown as GroupReplicas,
      this.known as unknown as KnownCluster,
      this.leaders,
      {
        register: (_name: string, check: () => Readiness) => (this.check = check),
      } as unknown as ReadinessRegistry,
    );
    this.shards.onModuleInit();
  }

  know(...families: readonly ShardFamily[]): void {
    this.known.list = { version: 1, members: [], families };
    this.shards.startOwn();
  }

  origin(group: string): ReturnType<OriginOf> {
    return this.originOf(group);
  }
}

describe('ShardReplicas', () => {
  let bench: Bench;
  beforeAll(() => Logger.overrideLogger(false));
  beforeEach(() => (bench = new Bench()));

  it('founds the shards that the record names this disk for, once', () => {
    bench.shards.startOwn();
    bench.know();
    expect(bench.started).toEqual([]);
    bench.know(QUEUES);
    bench.know(QUEUES);
    expect(bench.started).toEqual([
      ['queues-0', configuration([replica(1), replica(2)]), { formation: true, first: false }],
      ['queues-1', configuration([replica(2)]), { formation: true, first: true }],
    ]);
  });

  // Breaks otherwise: it has voted for node1 before, or answered it, and votes anew within its lease.
  it('founds no shard a second time that its disk has a log of', () => {
    bench.logs = ['queues-0'];
    bench.know({ ...QUEUES, shards: [[0, 1], [0], [0]] });
    expect(bench.started).toEqual([
      ['queues-0', configuration([replica(1), replica(2)]), { formation: false }],
    ]);
  });

  // Breaks otherwise: an entry is on the disks of node1 and node2; node2 comes back with an empty one, node1 is
  // down, and node2 is elected as the founder that it was.
  it('founds nothing with another disk than that of the record', () => {
    bench.known.diskId = 'new';
    bench.logs = ['queues-2'];
    bench.know(QUEUES);
    expect(bench.started).toEqual([['queues-2', NO_MEMBERS, { formation: false }]]);
  });

  // Breaks otherwise: told by the leader before the list comes, the founders node2 and node3 would start without
  // knowing any members, so that nobody of them could ever campaign when node1 is gone.
  it('lets no leader start a replica whose founders are not known yet', () => {
    expect(bench.origin('queues-0')).toBeNull();
    bench.know(QUEUES);
    expect(bench.origin('queues-0')?.members.voters).toEqual([replica(1), replica(2)]);
    const joining = bench.origin('queues-2');
    expect([joining?.members, joining?.machines().map(({ name }) => name)]).toEqual([
      NO_MEMBERS,
      ['queues-2'],
    ]);
    expect([bench.origin('coordination'), bench.origin('caches-0')]).toEqual([null, null]);
  });

  it('is ready when it has them, or the cluster can have none', () => {
    const detail = 'the shards of queues are not founded yet';
    bench.know();
    expect(bench.check()).toEqual({ status: 'down', detail });
    bench.leaders.declareAbsent('queues-0', 'queues');
    expect(bench.check()).toEqual({ status: 'up' });
    bench.leaders.declarePresent('queues-0');
    bench.know(QUEUES);
    expect(bench.check()).toEqual({ status: 'up' });
  });

  it('leaves a family alone that no feature has registered', () => {
    bench.logs = ['caches-0'];
    bench.know({ ...QUEUES, name: 'caches' });
    expect(bench.started).toEqual([]);
  });
});
