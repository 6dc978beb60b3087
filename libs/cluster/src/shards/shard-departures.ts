import { Inject, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { CONFIGURATION, nodeId, type SinkronConfiguration } from '@sinkron/config';
import { ConsensusService, MalformedError, TupleReader } from '@sinkron/consensus';
import { PeerTransport } from '@sinkron/transport';
import { listedMember } from '../core/members/members-list.js';
import { readTexts } from '../formation/formation-codec.js';
import { DEPARTURE_ASK_TIMEOUT_MS } from '../limits.js';
import { KnownCluster } from '../members/known-cluster.js';
import { LivingMembers } from '../members/living-members.js';
import { hasReplicaOf } from '../replicas/group-replicas.js';
import { StatusService } from '../status/status.service.js';
import { holdersIn } from './core/holders.js';
import { shardGroup } from './core/shard-family.js';
import { canPlaceOn } from './core/shards-without.js';
import { ShardFamilies } from './shard-families.js';

/**
 * Method of the peer transport: `[node, groups]` -> those of the groups that the asked node leads, and that
 * certainly do not count on the leaving node.
 */
const FREE_OF_METHOD = 'cluster.shards-free-of';

/** Whether shards need a member that is to leave. */
@Injectable()
export class ShardDepartures implements OnModuleInit {
  private readonly logger = new Logger('Members');

  constructor(
    @Inject(CONFIGURATION) private readonly configuration: SinkronConfiguration,
    private readonly consensus: ConsensusService,
    private readonly transport: PeerTransport,
    private readonly status: StatusService,
    private readonly known: KnownCluster,
    private readonly living: LivingMembers,
    private readonly families: ShardFamilies,
  ) {}

  onModuleInit(): void {
    this.transport.handle(FREE_OF_METHOD, (_from, body) => {
      const reader = new TupleReader(body);
      return this.freeHere(reader.text(), readTexts(reader.list()));
    });
  }

  /** Whether all shards could be served without a member, as far as this node knows who lives. */
  canGoOnWithout(member: string): boolean {
    const { list } = this.known;
    if (list === null) return true;
    return this.families.all().every(({ name, role }) => {
      const nodes = holdersIn(list, role).map((holder) => holder.nodeId);
      const left = nodes.filter((node) => node !== member);
      if (left.length === nodes.length) return true;
      return canPlaceOn(left, (node) => this.living.isAlive(node), name, this.configuration);
    });
  }

  /**
   * Whether no shard counts on a leaving member any more. Every shard's leader is asked: what is told in
   * statuses may be of a leader that was deposed, whose successor counts on the member still.
   */
  async isFree(member: string): Promise<boolean> {
    const asked = this.leaders(member);
    if (asked === null) return false;
    const answers = [...asked].map(async ([leader, groups]) => {
      const free = new Set(await this.askLeader(leader, member, groups));
      return groups.every((group) => free.has(group));
    });
    return (await Promise.all(answers)).every((free) => free);
  }

  /** Whom to ask about which groups; null when it is clear already that some shard is not free. */
  private leaders(member: string): ReadonlyMap<string, readonly string[]> | null {
    const seen = new Map(this.status.groups().map((group) => [group.id, group]));
    const byLeader = new Map<string, string[]>();
    for (const { name, shards } of this.known.list?.families ?? []) {
      for (let shard = 0; shard < shards.length; shard += 1) {
        const group = seen.get(shardGroup(name, shard));
        if (group === undefined || group.leader === null) return null;
        if (hasReplicaOf(member, [group.members])) return null;
        const groups = byLeader.get(group.leader) ?? [];
        byLeader.set(group.leader, [...groups, group.id]);
      }
    }
    return byLeader;
  }

  private async askLeader(
    leader: string,
    member: string,
    groups: readonly string[],
  ): Promise<readonly string[]> {
    if (leader === this.configuration.nodeId) return this.freeHere(member, groups);
    try {
      const options = { timeoutMs: DEPARTURE_ASK_TIMEOUT_MS };
      const body = [member, groups];
      const reply = await this.transport.request(nodeId(leader), FREE_OF_METHOD, body, options);
      if (!Array.isArray(reply)) throw new MalformedError('wanted a list of groups');
      return readTexts(reply);
    } catch (error) {
      // Asked again with the keeper's next look.
      if (error instanceof MalformedError) this.logger.warn(`${leader}: ${error.message}`);
      return [];
    }
  }

  private freeHere(member: string, groups: readonly string[]): readonly string[] {
    const { list } = this.known;
    const listed = list === null ? undefined : listedMember(list, member);
    // Who has not heard of it yet may count on it the next moment.
    if (list === null || (listed !== undefined && !listed.leaving)) return [];
    const now = this.consensus.now();
    return groups.filter((group) => {
      const driver = this.consensus.group(group);
      if (driver === undefined || !driver.leaseValidAt(now)) return false;
      const { members, committedMembers } = driver.raft;
      return !hasReplicaOf(member, [members, committedMembers]);
    });
  }
}
