import type { SinkronConfiguration } from '@sinkron/config';
import {
  configuration,
  logIndex,
  replicaId,
  type Configuration,
  type ConsensusService,
} from '@sinkron/consensus';
import { ReadinessRegistry } from '@sinkron/observability';
import type { PeerTransport } from '@sinkron/transport';
import { COORDINATION_GROUP as GROUP } from '../groups.js';
import { LeaderWatch } from '../routing/leader-watch.js';
import { ClusterReadiness } from './cluster-readiness.js';
import type { StatusService } from './status.service.js';

const [ONE, TWO, THREE] = [replicaId('node1/a'), replicaId('node2/b'), replicaId('node3/c')];
const VOTERS = configuration([ONE, TWO, THREE]);

/** What node 1 has and hears: a replica of its own, or none, and what others have applied. */
interface Surroundings {
  readonly members: Configuration;
  readonly own?: { readonly leader: string | null; readonly appliedIndex: number };
  readonly heard?: boolean;
  readonly applied?: Readonly<Record<string, number>>;
}

/** The checks of node 1, after node 2 was heard to lead and 5,000 entries were committed. */
function checks({ members, own, heard = true, applied = {} }: Surroundings) {
  const registry = new ReadinessRegistry();
  const leaders = new LeaderWatch();
  leaders.heard(GROUP, { term: 1, nodeId: 'node2' });
  const driver = own && {
    group: GROUP,
    appliedIndex: logIndex(own.appliedIndex),
    raft: { id: ONE, leader: own.leader, members },
  };
  const readiness = new ClusterReadiness(
    { nodeId: 'node1' } as unknown as SinkronConfiguration,
    registry,
    leaders,
    {
      group: () => driver,
      groups: () => (driver === undefined ? [] : [driver]),
    } as unknown as ConsensusService,
    { peers: () => [{ nodeId: 'node2' }, { nodeId: 'node3' }] } as unknown as PeerTransport,
    {
      hearsLeader: () => heard,
      commitIndex: () => 5_000,
      memberStatus: () => 'alive',
      groups: () => [{ id: GROUP, members }],
      groupAt: (node: string) => {
        const appliedIndex = applied[node];
        return appliedIndex === undefined ? undefined : { appliedIndex };
      },
    } as unknown as StatusService,
  );
  readiness.onModuleInit();
  return Object.fromEntries([...registry.all()].map(([name, check]) => [name, check()]));
}

describe('ClusterReadiness', () => {
  it('is up where the voter here hears its leader and all are level', () => {
    const own = { leader: TWO, appliedIndex: 4_900 };
    expect(checks({ members: VOTERS, own, applied: { node2: 5_000, node3: 4_900 } })).toEqual({
      'coordination-leader': { status: 'up', detail: 'node2' },
      replicas: { status: 'up' },
      members: { status: 'up' },
    });
  });

  it('is down where the voter here hears no leader, whoever was known to lead', () => {
    expect(checks({ members: VOTERS, own: { leader: null, appliedIndex: 5_000 } })).toMatchObject({
      'coordination-leader': { status: 'down' },
      replicas: { status: 'down' },
    });
  });

  // Who is no voter is told in the end that its replica is out, and hears no leader until then.
  it('goes by what the leader says where the replica here is a learner, or there is none', () => {
    const members = { ...configuration([TWO, THREE]), learners: [ONE] };
    const own = { leader: TWO, appliedIndex: 5_000 };
    const down = { status: 'down', detail: `node2 led ${GROUP}, and is not heard any more` };
    expect(checks({ members, own, heard: false })['coordination-leader']).toEqual(down);
    expect(checks({ members, heard: false })['coordination-leader']).toEqual(down);
    expect(checks({ members, own })['coordination-leader']?.status).toBe('up');
  });

  it('is down where a learner here hears no leader, though the leader says that it leads', () => {
    const members = { ...configuration([TWO, THREE]), learners: [ONE] };
    const own = { leader: null, appliedIndex: 5_000 };
    expect(checks({ members, own })).toMatchObject({
      'coordination-leader': { status: 'up', detail: 'node2' },
      replicas: { status: 'down' },
    });
  });

  it('is degraded where another voter is far behind, and not by a learner or itself', () => {
    const members = { ...configuration([ONE, THREE]), learners: [TWO] };
    const own = { leader: THREE, appliedIndex: 5_000 };
    const applied = { node1: 1, node2: 1, node3: 3_000 };
    expect(checks({ members, own, applied })['members']).toEqual({
      status: 'degraded',
      detail: `node3 is 2000 entries behind in ${GROUP}`,
    });
  });
});
