import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { CONFIGURATION, ConfigurationError, type SinkronConfiguration } from '@sinkron/config';
import {
  configuration,
  NO_MEMBERS,
  replicaOf,
  type Configuration,
  type ReplicatedMachine,
} from '@sinkron/consensus';
import { randomUUID } from 'node:crypto';
import { coordinationVoters, settingsDifference } from '../core/formation.js';
import type { ListedMember } from '../core/members/members-list.js';
import { FormationService } from '../formation/formation.service.js';
import { COORDINATION_GROUP } from '../groups.js';
import { ClusterMachine, type ClusterIdentity } from '../machine/cluster-machine.js';
import { GroupReplicas } from '../replicas/group-replicas.js';
import { ClusterRouter } from '../routing/cluster-router.js';
import { founderMembers } from './founder-members.js';
import { KnownCluster } from './known-cluster.js';

/** What a replica of the coordination group begins with on this node, and whether it founds the group. */
@Injectable()
export class CoordinationReplica implements OnModuleInit {
  constructor(
    @Inject(CONFIGURATION) private readonly configuration: SinkronConfiguration,
    private readonly replicas: GroupReplicas,
    private readonly router: ClusterRouter,
    private readonly formation: FormationService,
    private readonly known: KnownCluster,
  ) {}

  onModuleInit(): void {
    this.replicas.provide((group) => {
      if (group !== COORDINATION_GROUP) return null;
      return { members: this.members(), machines: () => this.machines() };
    });
  }

  /** Starts the replica that this node's disk has, or that it founds the group with. */
  startOwn(formedNow: boolean): void {
    const isFounder = this.members() !== NO_MEMBERS;
    if (!isFounder && !this.replicas.hasLog(COORDINATION_GROUP)) return;
    this.replicas.start(COORDINATION_GROUP, { formation: formedNow && isFounder });
  }

  /**
   * A founder needs to know the founders: until the first change of members its log does not name them. Looked
   * up whenever the replica starts: a leader's status may start it before the node itself does.
   */
  private members(): Configuration {
    const { founding } = this.formation;
    const voters = founding === null ? [] : coordinationVoters(founding);
    if (!voters.some((voter) => voter.nodeId === this.configuration.nodeId)) return NO_MEMBERS;
    return configuration(voters.map((voter) => replicaOf(voter.nodeId, voter.diskId)));
  }

  private machines(): readonly ReplicatedMachine[] {
    const machine = new ClusterMachine(
      {
        identity: { clusterId: randomUUID(), settings: this.formation.settings },
        founders: this.founders(),
      },
      {
        identity: (identity) => this.identityKnown(identity),
        members: (list) => this.known.adopt(list),
      },
    );
    return [machine, ...this.router.machinesOf(COORDINATION_GROUP)];
  }

  private founders(): readonly ListedMember[] | null {
    const { founding } = this.formation;
    return founding === null ? null : founderMembers(founding, this.configuration.peers);
  }

  private identityKnown({ clusterId, settings }: ClusterIdentity): void {
    const difference = settingsDifference(this.formation.settings, settings);
    if (difference !== null) throw new ConfigurationError([`${difference} in the cluster`]);
    this.known.identify(clusterId);
  }
}
