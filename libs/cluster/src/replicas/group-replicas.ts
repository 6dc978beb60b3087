import { Inject, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { CONFIGURATION, nodeId, type SinkronConfiguration } from '@sinkron/config';
import {
  ConsensusService,
  MalformedError,
  nodeOf,
  replicaOf,
  TupleReader,
  type Configuration,
  type ReplicaId,
  type ReplicatedMachine,
} from '@sinkron/consensus';
import { ReadinessRegistry } from '@sinkron/observability';
import { DataDirectory } from '@sinkron/storage';
import { PeerTransport } from '@sinkron/transport';
import { listedMember } from '../core/members/members-list.js';
import { MEMBERS_ASK_TIMEOUT_MS } from '../limits.js';
import { formerDisksVoting } from '../members/former-disks.js';
import { KnownCluster } from '../members/known-cluster.js';
import { StatusService } from '../status/status.service.js';

/**
 * Method of the peer transport: `[group, replica]` -> `[commit index, whether it is out by the configuration that
 * is committed there]`, answered by the leader.
 */
const OUT_METHOD = 'cluster.replica-out';

/** What a replica that this node is to have begins with. */
export interface ReplicaOrigin {
  /** The founders, on a disk that founded the group; `NO_MEMBERS` on any other. */
  readonly members: Configuration;
  machines(): readonly ReplicatedMachine[];
}

/** Null while this node may not have a replica of the group: it knows too little of it. */
export type OriginOf = (group: string) => ReplicaOrigin | null;

/**
 * The replicas of this node: each starts when its group's leader says that the group counts on it, and ends
 * when the leader says that a committed configuration is without it.
 */
@Injectable()
export class GroupReplicas implements OnModuleInit {
  readonly replica: ReplicaId;
  private readonly logger = new Logger('Members');
  private readonly origins: OriginOf[] = [];
  /** Groups whose leader is being asked whether the replica is out. */
  private readonly asking = new Set<string>();

  constructor(
    @Inject(CONFIGURATION) private readonly configuration: SinkronConfiguration,
    private readonly directory: DataDirectory,
    private readonly transport: PeerTransport,
    private readonly consensus: ConsensusService,
    private readonly status: StatusService,
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
    this.transport.handle(OUT_METHOD, (_from, body) => {
      const reader = new TupleReader(body);
      return this.isOut(reader.text(), reader.text());
    });
    this.status.onStatus((from, { groups }) => {
      for (const group of groups) if (group.leader === from) this.leaderTold(from, group);
    });
  }

  /** Adds groups that this node may have replicas of; called while modules initialise. */
  provide(originOf: OriginOf): void {
    this.origins.push(originOf);
  }

  /** Whether this node's disk has anything of the group: without it, its replica has promised nothing. */
  hasLog(group: string): boolean {
    return this.directory.log.groups().includes(group);
  }

  /**
   * Starts this node's replica of a group, if none runs.
   *
   * @returns whether one runs: not while it may have none, or the disk is at work for one that has ended.
   */
  start(group: string, plan: { readonly formation: boolean; readonly first?: boolean }): boolean {
    if (this.consensus.group(group) !== undefined) return true;
    const origin = this.originOf(group);
    if (origin === null) return false;
    const { members } = origin;
    return this.consensus.start({
      group,
      replica: this.replica,
      members,
      machines: origin.machines(),
      ...plan,
    });
  }

  /** Ends all replicas: this node is no member. Its disk stays as it is. */
  stopAll(): void {
    for (const { group } of this.consensus.groups()) this.stop(group);
  }

  private stop(group: string): void {
    if (this.consensus.group(group) === undefined) return;
    this.logger.log(`this node's replica of ${group} ends`);
    this.consensus.stop(group);
  }

  private originOf(group: string): ReplicaOrigin | null {
    for (const originOf of this.origins) {
      const origin = originOf(group);
      if (origin !== null) return origin;
    }
    return null;
  }

  private leaderTold(
    leader: string,
    group: { readonly id: string; readonly members: Configuration },
  ): void {
    const { id } = group;
    const counts = replicasIn(group.members).includes(this.replica);
    const driver = this.consensus.group(id);
    if (driver === undefined) {
      if (!counts || !this.mayStart(group.members)) return;
      // If not now, for the disk is at work for one that has ended just before: with the next status.
      const runs = this.start(id, { formation: false });
      if (runs) this.logger.log(`${id} gets a replica on this node`);
      return;
    }
    // What the leader has may not be committed: it is asked, before the group loses a replica by it.
    if (!counts) void this.askWhetherOut(id, leader);
  }

  /**
   * A leaving node starts no replica that learns: its leader has not heard yet that it leaves, and would give a
   * vote to a node that is dropped from the list the next moment.
   */
  private mayStart({ voters, outgoingVoters }: Configuration): boolean {
    const { list, standing } = this.known;
    if (list === null || standing !== 'member') return false;
    if (listedMember(list, this.configuration.nodeId)?.leaving !== true) return true;
    return [...voters, ...outgoingVoters].includes(this.replica);
  }

  private async askWhetherOut(group: string, leader: string): Promise<void> {
    if (this.asking.has(group)) return;
    this.asking.add(group);
    try {
      const options = { timeoutMs: MEMBERS_ASK_TIMEOUT_MS };
      const body = [group, this.replica];
      const reply = await this.transport.request(nodeId(leader), OUT_METHOD, body, options);
      const reader = new TupleReader(reply);
      const commitIndex = reader.natural();
      const driver = this.consensus.group(group);
      if (driver === undefined) return;
      // Who has been counted on again since knows more than the answer. Terms say nothing of it: who is out may
      // have a higher one than the group, for ever.
      if (reader.flag() && driver.raft.commitIndex <= commitIndex) this.stop(group);
    } catch (error) {
      // Asked again with the leader's next status.
      if (error instanceof MalformedError) this.logger.warn(`${leader}: ${error.message}`);
    } finally {
      this.asking.delete(group);
    }
  }

  /** Whether a replica has no place in the group any more: by the latest configuration, committed, and a lease. */
  private isOut(group: string, replica: string): readonly [commitIndex: number, out: boolean] {
    const driver = this.consensus.group(group);
    if (driver === undefined || !driver.leaseValidAt(this.consensus.now())) return [0, false];
    const { members, committedMembers, commitIndex } = driver.raft;
    const settled = members === committedMembers;
    return [commitIndex, settled && !replicasIn(members).some((each) => each === replica)];
  }
}

/** Whether some replica of the node has a place in the group. */
export function hasReplicaOf(node: string, members: readonly Configuration[]): boolean {
  return members.flatMap(replicasIn).some((replica) => nodeOf(replica) === node);
}

function replicasIn({ voters, outgoingVoters, learners }: Configuration): readonly ReplicaId[] {
  return [...voters, ...outgoingVoters, ...learners];
}
