import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { CONFIGURATION, type SinkronConfiguration } from '@sinkron/config';
import { ConsensusService, nodeOf, type GroupDriver } from '@sinkron/consensus';
import { ReadinessRegistry } from '@sinkron/observability';
import { PeerTransport } from '@sinkron/transport';
import { COORDINATION_GROUP } from '../groups.js';
import { LeaderWatch } from '../routing/leader-watch.js';
import {
  leaderHealth,
  membersHealth,
  replicasHealth,
  type Laggard,
} from './core/cluster-health.js';
import { CAUGHT_UP_ENTRIES_MAX } from './core/limits.js';
import { StatusService } from './status.service.js';

/** Whether this node can serve, as far as the cluster is concerned. */
@Injectable()
export class ClusterReadiness implements OnModuleInit {
  constructor(
    @Inject(CONFIGURATION) private readonly configuration: SinkronConfiguration,
    private readonly readiness: ReadinessRegistry,
    private readonly leaders: LeaderWatch,
    private readonly consensus: ConsensusService,
    private readonly transport: PeerTransport,
    private readonly status: StatusService,
  ) {}

  onModuleInit(): void {
    this.readiness.register('coordination-leader', () => {
      const leader = this.leaders.leader(COORDINATION_GROUP);
      return leaderHealth(COORDINATION_GROUP, {
        leader,
        replica: this.votingReplica(COORDINATION_GROUP),
        heard: leader !== null && this.status.hearsLeader(leader, COORDINATION_GROUP),
      });
    });
    this.readiness.register('replicas', () =>
      replicasHealth(
        this.consensus.groups().map((driver) => ({
          group: driver.group,
          hearsLeader: driver.raft.leader !== null,
          appliedIndex: driver.appliedIndex,
          committedIndex: this.status.commitIndex(driver.group),
        })),
      ),
    );
    this.readiness.register('members', () => {
      const peers = this.transport.peers().map(({ nodeId }) => {
        return { nodeId, status: this.status.memberStatus(nodeId) };
      });
      return membersHealth(peers, this.laggards());
    });
  }

  /** A leader may fall silent to who is no voter any more, and lead on: only a voter's silence tells. */
  private votingReplica(group: string): { readonly leader: string | null } | null {
    const driver = this.consensus.group(group);
    if (driver === undefined || !votes(driver)) return null;
    const { leader } = driver.raft;
    return { leader: leader === null ? null : nodeOf(leader) };
  }

  private laggards(): readonly Laggard[] {
    return this.status.groups().flatMap(({ id, members }) => {
      const committed = this.status.commitIndex(id) ?? 0;
      const voters = new Set([...members.voters, ...members.outgoingVoters].map(nodeOf));
      return [...voters].flatMap((nodeId): readonly Laggard[] => {
        const told = this.status.groupAt(nodeId, id);
        if (nodeId === this.configuration.nodeId || told === undefined) return [];
        const behind = committed - told.appliedIndex;
        return behind > CAUGHT_UP_ENTRIES_MAX ? [{ nodeId, group: id, behind }] : [];
      });
    });
  }
}

function votes({ raft }: GroupDriver): boolean {
  return raft.members.voters.includes(raft.id) || raft.members.outgoingVoters.includes(raft.id);
}
