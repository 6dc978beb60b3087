import { Global, Module } from '@nestjs/common';
import { PEER_METRICS } from '@sinkron/transport';
import { ClusterController } from './cluster.controller.js';
import { ClusterService } from './cluster.service.js';
import { FormationService } from './formation/formation.service.js';
import { ClusterRouter } from './routing/cluster-router.js';
import { GroupRequests } from './routing/group-requests.js';
import { LeaderCall } from './routing/leader-call.js';
import { LeaderWatch } from './routing/leader-watch.js';
import { ClusterReadiness } from './status/cluster-readiness.js';
import { PeerRoundTrips } from './status/peer-round-trips.js';
import { StatusService } from './status/status.service.js';
import { GroupTransfers } from './transfer/group-transfers.js';

@Global()
@Module({
  controllers: [ClusterController],
  providers: [
    ClusterReadiness,
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
export class ClusterModule {}
