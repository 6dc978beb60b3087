import { Global, Module, type OnModuleInit } from '@nestjs/common';
import { ConsensusService } from '@sinkron/consensus';
import { ReadinessRegistry } from '@sinkron/observability';
import { PEER_METRICS } from '@sinkron/transport';
import { ClusterController } from './cluster.controller.js';
import { ClusterService } from './cluster.service.js';
import { FormationService } from './formation/formation.service.js';
import { COORDINATION_GROUP } from './groups.js';
import { ClusterRouter } from './routing/cluster-router.js';
import { GroupRequests } from './routing/group-requests.js';
import { LeaderCall } from './routing/leader-call.js';
import { LeaderWatch } from './routing/leader-watch.js';
import { PeerRoundTrips } from './status/peer-round-trips.js';
import { StatusService } from './status/status.service.js';
import { GroupTransfers } from './transfer/group-transfers.js';

@Global()
@Module({
  controllers: [ClusterController],
  providers: [
    ClusterRouter,
    ClusterService,
    FormationService,
    GroupRequests,
    GroupTransfers,
    LeaderCall,
    LeaderWatch,
    StatusService,
    { provide: PEER_METRICS, useClass: PeerRoundTrips },
  ],
  exports: [ClusterRouter, ClusterService, PEER_METRICS],
})
export class ClusterModule implements OnModuleInit {
  constructor(
    private readonly readiness: ReadinessRegistry,
    private readonly leaders: LeaderWatch,
    private readonly consensus: ConsensusService,
    private readonly status: StatusService,
  ) {}

  /** Ready: knows the coordination leader, and its replicas have nearly applied what is committed. */
  onModuleInit(): void {
    this.readiness.register('coordination-leader', () => {
      const leader = this.leaders.leader(COORDINATION_GROUP);
      return leader === null
        ? { status: 'down', detail: 'no leader of the coordination group is known' }
        : { status: 'up', detail: leader };
    });
    this.readiness.register('replicas', () => {
      const behind = this.consensus
        .groups()
        .map((driver) => driver.group)
        .filter((group) => this.isBehind(group));
      return behind.length === 0
        ? { status: 'up' }
        : { status: 'down', detail: `catching up: ${behind.join(', ')}` };
    });
  }

  /**
   * Behind what the others have committed: a replica's own commit index lags as its log does. And one
   * that the leader does not reach yet is no voter that the next node's restart may count on.
   */
  private isBehind(group: string): boolean {
    const driver = this.consensus.group(group);
    const committed = this.status.commitIndex(group);
    if (driver === undefined || driver.raft.leader === null || committed === null) return true;
    return committed - driver.appliedIndex > CAUGHT_UP_ENTRIES_MAX;
  }
}

/** Entries a replica may be behind the commit index and still count as caught up. */
const CAUGHT_UP_ENTRIES_MAX = 1000;
