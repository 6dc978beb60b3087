import { Inject, Injectable, Logger } from '@nestjs/common';
import { CONFIGURATION, nodeId, type SinkronConfiguration } from '@sinkron/config';
import { FATAL, type Fatal } from '@sinkron/consensus';
import { PeerTransport } from '@sinkron/transport';
import type { MemberStatus } from './core/member-status.js';
import { listedWithOtherDisk, type ListedMember } from './core/members/members-list.js';
import { FormationService } from './formation/formation.service.js';
import { JoiningService } from './joining/joining.service.js';
import { CoordinationReplica } from './members/coordination-replica.js';
import { formerDisksVoting } from './members/former-disks.js';
import { founderMembers } from './members/founder-members.js';
import { KnownCluster } from './members/known-cluster.js';
import { MembersExchange } from './members/members-exchange.js';
import { MembershipKeeper } from './members/membership-keeper.js';
import { GroupReplicas } from './replicas/group-replicas.js';
import { LeaderWatch } from './routing/leader-watch.js';
import { ShardLife } from './shards/shard-life.js';
import { StatusService } from './status/status.service.js';

/**
 * - `joining`: it may come, and has not come yet, with any disk; or it has come back with another one,
 *   and its former one has a vote still.
 * - `leaving`: it goes as soon as no group counts on it.
 */
export type MemberState = 'member' | 'joining' | 'leaving';

export interface Member {
  readonly nodeId: string;
  /** Host and port where its peers reach it. */
  readonly address: string;
  /** Null until it was heard. */
  readonly httpUrl: string | null;
  readonly roles: readonly string[];
  readonly state: MemberState;
  readonly status: MemberStatus;
  readonly lastHeardMs: number | null;
}

/** Brings this node into its cluster and knows the cluster's members. */
@Injectable()
export class ClusterService {
  private readonly logger = new Logger(ClusterService.name);
  private rejoining = false;

  constructor(
    @Inject(CONFIGURATION) private readonly configuration: SinkronConfiguration,
    private readonly transport: PeerTransport,
    private readonly formation: FormationService,
    private readonly joining: JoiningService,
    private readonly known: KnownCluster,
    private readonly exchange: MembersExchange,
    private readonly coordination: CoordinationReplica,
    private readonly shards: ShardLife,
    private readonly replicas: GroupReplicas,
    private readonly keeper: MembershipKeeper,
    private readonly status: StatusService,
    private readonly leaders: LeaderWatch,
    @Inject(FATAL) private readonly fatal: Fatal,
  ) {}

  /**
   * Forms, finds or joins the cluster and starts this node's replicas; called once all ports are open.
   *
   * @throws ConfigurationError when this node must not take part.
   */
  async start(): Promise<void> {
    const { joined, formedNow } = await this.comeIn();
    // Who has just joined waits for the group to count on it.
    if (!joined) this.coordination.startOwn(formedNow);
    this.status.start();
    this.exchange.start();
    this.keeper.start();
    this.shards.start();
    this.known.onChange(() => this.listChanged());
    this.listChanged();
  }

  /** Every member, this node included, sorted by node id; empty until this node knows of a cluster. */
  members(): readonly Member[] {
    const catchingUp = this.catchingUp();
    return this.listed().map((member) => {
      const { nodeId: id, address, roles } = member;
      const state = catchingUp.includes(id) ? 'joining' : stateOf(member);
      if (id === this.configuration.nodeId) {
        const { httpUrl } = this.configuration;
        return { nodeId: id, address, httpUrl, roles, state, status: 'alive', lastHeardMs: 0 };
      }
      const heard = this.transport.status(nodeId(id));
      const silenceMs = heard?.lastHeardMs ?? null;
      return {
        nodeId: id,
        address,
        httpUrl: heard?.identity?.httpUrl ?? null,
        roles,
        state,
        status: this.status.memberStatus(id),
        lastHeardMs: silenceMs === null ? null : Math.round(silenceMs),
      };
    });
  }

  /** Resolves when this node is a member; how it came to be one. */
  private async comeIn(): Promise<{ readonly joined: boolean; readonly formedNow: boolean }> {
    // Who is listed with another disk waits to be let in with this one, but not its replica, see `rejoin`.
    if (this.known.standing === 'member' || this.hasOtherDisk) {
      return { joined: false, formedNow: false };
    }
    if (this.known.standing === 'unknown') {
      const formed = await this.formation.formed();
      if (formed.kind === 'formed') return { joined: false, formedNow: formed.now };
    }
    await this.joining.admitted();
    return { joined: true, formedNow: false };
  }

  /** Members whose new disk is to take the place of their former one. */
  private catchingUp(): readonly string[] {
    const { list } = this.known;
    return this.status.groups().flatMap(({ members }) => formerDisksVoting(members, list));
  }

  private listed(): readonly ListedMember[] {
    if (this.known.list !== null) return this.known.list.members;
    const { founding } = this.formation;
    return founding === null ? [] : founderMembers(founding, this.configuration.peers);
  }

  private listChanged(): void {
    // A disk in whose place the list has another one may have votes, too.
    const mayHold = this.known.standing === 'member' || this.hasOtherDisk;
    this.shards.membersChanged(this.listed(), mayHold);
    if (this.known.standing !== 'outsider') return;
    // No group counts on who is listed no more. It may on a disk in whose place the list has another one:
    // without its vote there may be no majority. The leader says when it is out, see `GroupReplicas`.
    if (!this.hasOtherDisk) this.replicas.stopAll();
    if (this.rejoining) return;
    this.rejoining = true;
    this.rejoin().catch((error: unknown) => this.fatal.stop('this node cannot be a member', error));
  }

  /** This node was removed, or listed with another disk: it serves nobody, until it is let in again. */
  private async rejoin(): Promise<void> {
    const { nodeId: self } = this.configuration;
    const reason = this.hasOtherDisk
      ? `${self} is a member with another disk than this one`
      : `${self} was removed from the cluster`;
    this.logger.warn(reason);
    this.leaders.refuse(reason);
    await this.joining.admitted();
    this.rejoining = false;
  }

  private get hasOtherDisk(): boolean {
    const { list, diskId } = this.known;
    return list !== null && listedWithOtherDisk(list, this.configuration.nodeId, diskId);
  }
}

function stateOf({ diskId, leaving }: ListedMember): MemberState {
  if (leaving) return 'leaving';
  return diskId === null ? 'joining' : 'member';
}
