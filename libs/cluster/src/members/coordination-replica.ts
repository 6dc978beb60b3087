import { Inject, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import {
  CONFIGURATION,
  ConfigurationError,
  nodeId,
  type SinkronConfiguration,
} from '@sinkron/config';
import {
  configuration,
  ConsensusService,
  MalformedError,
  NO_MEMBERS,
  nodeOf,
  replicaOf,
  TupleReader,
  type Configuration,
  type ReplicaId,
} from '@sinkron/consensus';
import { ReadinessRegistry } from '@sinkron/observability';
import { DataDirectory } from '@sinkron/storage';
import { PeerTransport } from '@sinkron/transport';
import { randomUUID } from 'node:crypto';
import { coordinationVoters, settingsDifference, type FormationRecord } from '../core/formation.js';
import type { ListedMember } from '../core/members/members-list.js';
import { FormationService } from '../formation/formation.service.js';
import { COORDINATION_GROUP } from '../groups.js';
import { MEMBERS_ASK_TIMEOUT_MS } from '../limits.js';
import { ClusterMachine, type ClusterIdentity } from '../machine/cluster-machine.js';
import { ClusterRouter } from '../routing/cluster-router.js';
import { StatusService } from '../status/status.service.js';
import { formerDisksVoting } from './former-disks.js';
import { founderMembers } from './founder-members.js';
import { KnownCluster } from './known-cluster.js';

/** Method of the peer transport: a replica id -> `[term, whether it is out]`, answered by the leader. */
const OUT_METHOD = 'cluster.replica-out';

/**
 * This node's replica of the coordination group: starts it when the group counts on it, and stops it when
 * the group does so no more.
 */
@Injectable()
export class CoordinationReplica implements OnModuleInit {
  private readonly logger = new Logger('Members');
  private readonly replica: ReplicaId;
  private asking = false;

  constructor(
    @Inject(CONFIGURATION) private readonly configuration: SinkronConfiguration,
    private readonly directory: DataDirectory,
    private readonly transport: PeerTransport,
    private readonly consensus: ConsensusService,
    private readonly router: ClusterRouter,
    private readonly status: StatusService,
    private readonly formation: FormationService,
    private readonly known: KnownCluster,
    private readonly readiness: ReadinessRegistry,
  ) {
    this.replica = replicaOf(configuration.nodeId, directory.identity.replicaId);
  }

  onModuleInit(): void {
    this.readiness.register('disk', () => {
      const former = this.status
        .groups()
        .flatMap(({ members }) => formerDisksVoting(members, this.known.list));
      if (!former.includes(this.configuration.nodeId)) return { status: 'up' };
      const detail = `the vote of this node's former disk has not gone to its present one yet`;
      return { status: 'down', detail };
    });
    this.transport.handle(OUT_METHOD, (_from, body) => this.isOut(new TupleReader([body]).text()));
    this.status.onStatus((from, { groups }) => {
      const group = groups.find(({ id }) => id === COORDINATION_GROUP);
      if (group?.leader === from) this.leaderTold(from, group);
    });
  }

  /**
   * Starts the replica that this node's disk has, or that it founds the group with.
   *
   * @param founding who formed the cluster, when this node was one of them.
   */
  startOwn(founding: FormationRecord | null, formedNow: boolean): void {
    const voters = founding === null ? [] : coordinationVoters(founding);
    const isFounder = voters.some((voter) => voter.nodeId === this.configuration.nodeId);
    const { log } = this.directory;
    if (!isFounder && !log.groups().includes(COORDINATION_GROUP)) return;
    this.start({
      members: isFounder
        ? configuration(voters.map((voter) => replicaOf(voter.nodeId, voter.diskId)))
        : NO_MEMBERS,
      formation: formedNow && isFounder,
    });
  }

  /** Stops the replica, if there is one: this node is no member. Its disk stays as it is. */
  stop(): void {
    if (this.consensus.group(COORDINATION_GROUP) === undefined) return;
    this.logger.log(`this node's replica of ${COORDINATION_GROUP} ends`);
    this.consensus.stop(COORDINATION_GROUP);
  }

  private start(plan: { readonly members: Configuration; readonly formation: boolean }): boolean {
    if (this.consensus.group(COORDINATION_GROUP) !== undefined) return true;
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
    return this.consensus.start({
      group: COORDINATION_GROUP,
      replica: this.replica,
      machines: [machine, ...this.router.machinesOf(COORDINATION_GROUP)],
      ...plan,
    });
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

  private leaderTold(
    leader: string,
    group: { readonly term: number; readonly members: Configuration },
  ): void {
    const counts = replicasIn(group.members).includes(this.replica);
    const driver = this.consensus.group(COORDINATION_GROUP);
    if (driver === undefined) {
      if (!counts || this.known.standing !== 'member') return;
      // If not now, for the disk is at work for one that has ended just before: with the next status.
      const runs = this.start({ members: NO_MEMBERS, formation: false });
      if (runs) this.logger.log(`${COORDINATION_GROUP} gets a replica on this node`);
      return;
    }
    // What the leader has may not be committed: it is asked, before the group loses a replica by it.
    if (!counts && group.term >= driver.raft.term) void this.askWhetherOut(leader);
  }

  private async askWhetherOut(leader: string): Promise<void> {
    if (this.asking) return;
    this.asking = true;
    try {
      const options = { timeoutMs: MEMBERS_ASK_TIMEOUT_MS };
      const reply = await this.transport.request(nodeId(leader), OUT_METHOD, this.replica, options);
      const reader = new TupleReader(reply);
      const term = reader.natural();
      const driver = this.consensus.group(COORDINATION_GROUP);
      if (reader.flag() && driver !== undefined && term >= driver.raft.term) this.stop();
    } catch (error) {
      // Asked again with the leader's next status.
      if (error instanceof MalformedError) this.logger.warn(`${leader}: ${error.message}`);
    } finally {
      this.asking = false;
    }
  }

  /** Whether a replica has no place in the group any more: by the latest configuration, committed. */
  private isOut(replica: string): readonly [term: number, out: boolean] {
    const raft = this.consensus.group(COORDINATION_GROUP)?.raft;
    if (raft?.roleName !== 'leader') return [0, false];
    const settled = raft.members === raft.committedMembers;
    return [raft.term, settled && !replicasIn(raft.members).some((each) => each === replica)];
  }
}

/** Whether some replica of the node has a place in the group. */
export function hasReplicaOf(node: string, members: readonly Configuration[]): boolean {
  return members.flatMap(replicasIn).some((replica) => nodeOf(replica) === node);
}

function replicasIn({ voters, outgoingVoters, learners }: Configuration): readonly ReplicaId[] {
  return [...voters, ...outgoingVoters, ...learners];
}
