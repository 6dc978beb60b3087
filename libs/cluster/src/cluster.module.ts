import { Global, Module } from '@nestjs/common';
import { PEER_METRICS } from '@sinkron/transport';
import { ClusterController } from './cluster.controller.js';
import { ClusterService } from './cluster.service.js';
import { FormationService } from './formation/formation.service.js';
import { JoinRequests } from './joining/join-requests.js';
import { JoiningService } from './joining/joining.service.js';
import { CoordinationReplica } from './members/coordination-replica.js';
import { KnownCluster } from './members/known-cluster.js';
import { LivingMembers } from './members/living-members.js';
import { MemberChanges } from './members/member-changes.js';
import { MemberCommands } from './members/member-commands.js';
import { MembersExchange } from './members/members-exchange.js';
import { MembershipKeeper } from './members/membership-keeper.js';
import { MembersController } from './members/rest/members.controller.js';
import { GroupReplicas } from './replicas/group-replicas.js';
import { ReplicaSteps } from './replicas/replica-steps.js';
import { ClusterRouter } from './routing/cluster-router.js';
import { GroupRequests } from './routing/group-requests.js';
import { LeaderCall } from './routing/leader-call.js';
import { LeaderWatch } from './routing/leader-watch.js';
import { FamilyFounder } from './shards/founding/family-founder.js';
import { LeaderHandBack } from './shards/leader-hand-back.js';
import { RolePresence } from './shards/founding/role-presence.js';
import { RingController } from './shards/rest/ring.controller.js';
import { ShardFamilies } from './shards/shard-families.js';
import { ShardDepartures } from './shards/shard-departures.js';
import { ShardKeeper } from './shards/shard-keeper.js';
import { ShardLife } from './shards/shard-life.js';
import { ShardPlacements } from './shards/shard-placements.js';
import { ShardReplicas } from './shards/shard-replicas.js';
import { ClusterReadiness } from './status/cluster-readiness.js';
import { PeerRoundTrips } from './status/peer-round-trips.js';
import { StatusService } from './status/status.service.js';
import { GroupTransfers } from './transfer/group-transfers.js';

@Global()
@Module({
  controllers: [ClusterController, MembersController, RingController],
  providers: [
    ClusterReadiness,
    ClusterRouter,
    ClusterService,
    CoordinationReplica,
    FamilyFounder,
    FormationService,
    GroupReplicas,
    GroupRequests,
    GroupTransfers,
    JoinRequests,
    JoiningService,
    KnownCluster,
    LeaderCall,
    LeaderHandBack,
    LeaderWatch,
    LivingMembers,
    MemberChanges,
    MemberCommands,
    MembersExchange,
    MembershipKeeper,
    ReplicaSteps,
    RolePresence,
    ShardDepartures,
    ShardFamilies,
    ShardKeeper,
    ShardLife,
    ShardPlacements,
    ShardReplicas,
    StatusService,
    { provide: PEER_METRICS, useClass: PeerRoundTrips },
  ],
  exports: [ClusterRouter, ClusterService, PEER_METRICS],
})
export class ClusterModule {}
