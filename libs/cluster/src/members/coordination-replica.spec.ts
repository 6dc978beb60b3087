import { parseConfiguration } from '@sinkron/config';
import { configuration, NO_MEMBERS, replicaOf } from '@sinkron/consensus';
import type { FormationRecord } from '../core/formation.js';
import type { FormationService } from '../formation/formation.service.js';
import { COORDINATION_GROUP } from '../groups.js';
import type { GroupReplicas, OriginOf } from '../replicas/group-replicas.js';
import type { ClusterRouter } from '../routing/cluster-router.js';
import { CoordinationReplica } from './coordination-replica.js';
import type { KnownCluster } from './known-cluster.js';

const CONFIGURATION = parseConfiguration({ DATA_DIR: '/unused', NODE_ID: 'node3' });

function record(...withLocks: readonly number[]): FormationRecord {
  const founders = [1, 2, 3].map((index) => ({
    nodeId: `node${index}`,
    diskId: `d${index}`,
    roles: withLocks.includes(index) ? ['locks'] : ['queues'],
  }));
  return { founders } as unknown as FormationRecord;
}

/** node3 with the disk d3. */
class Bench {
  readonly started: unknown[] = [];
  hasLog = false;
  founding: FormationRecord | null = null;
  readonly replica: CoordinationReplica;
  private originOf: OriginOf = () => null;

  constructor() {
    const formation = { settings: {} };
    Object.defineProperty(formation, 'founding', { get: () => this.founding });
    this.replica = new CoordinationReplica(
      CONFIGURATION,
      {
        provide: (originOf: OriginOf) => (this.originOf = originOf),
        hasLog: () => this.hasLog,
        start: (group: string, plan: object) => {
          this.started.push([group, this.originOf(group)?.members, plan]);
        },
      } as unknown as GroupReplicas,
      { machinesOf: () => [] } as unknown as ClusterRouter,
      formation as unknown as FormationService,
      {} as unknown as KnownCluster,
    );
    this.replica.onModuleInit();
  }

  origin(group: string): ReturnType<OriginOf> {
    return this.originOf(group);
  }
}

describe('CoordinationReplica', () => {
  let bench: Bench;
  beforeEach(() => (bench = new Bench()));

  it('knows what a replica of its group begins with, and of no other', () => {
    expect(bench.origin('queues-0')).toBeNull();
    const origin = bench.origin(COORDINATION_GROUP);
    expect(origin?.members).toEqual(NO_MEMBERS);
    expect(origin?.machines().map(({ name }) => name)).toEqual(['cluster']);
  });

  it('starts with the node when the disk has a log of the group', () => {
    bench.replica.startOwn(false);
    bench.founding = record(1, 2);
    bench.replica.startOwn(true);
    expect(bench.started).toEqual([]);
    bench.founding = null;
    bench.hasLog = true;
    bench.replica.startOwn(false);
    expect(bench.started).toEqual([[COORDINATION_GROUP, NO_MEMBERS, { formation: false }]]);
  });

  const FOUNDERS = configuration([1, 2, 3].map((index) => replicaOf(`node${index}`, `d${index}`)));

  it.each([true, false])('knows the founders on a node that is one: formed now %s', (formedNow) => {
    bench.founding = record(1, 2, 3);
    bench.replica.startOwn(formedNow);
    expect(bench.started).toEqual([[COORDINATION_GROUP, FOUNDERS, { formation: formedNow }]]);
  });

  // Breaks otherwise: a leader's status starts the replica of a restarted founder before the node does; it knows
  // no members, and never campaigns until the next restart.
  it('knows the founders also before the node starts it', () => {
    bench.founding = record(1, 2, 3);
    expect(bench.origin(COORDINATION_GROUP)?.members).toEqual(FOUNDERS);
  });
});
