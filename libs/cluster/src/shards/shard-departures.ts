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
 * Method of the peer transport: `[node, groups, version]` -> those of the groups that the asked node leads, and
 * that certainly do not count on the leaving node; none while it knows an older list than that version.
 */
const FREE_OF_METHOD = 'cluster.shards-free-of';

/**
 * Method of the peer transport: `version` -> whether the asked node knows by a list of that version at least that
 * it leaves, and has no replica of a shard running: then it starts none any more, see `GroupReplicas`.
 */
const VACATED_METHOD = 'cluster.shards-vacated';

interface FreeOf {
  readonly member: string;
  readonly groups: readonly string[];
  /** Of the list by which the member leaves. */
  readonly version: number;
}

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
      return this.freeHere(reader.text(), readTexts(reader.list()), reader.natural());
    });
    this.transport.handle(VACATED_METHOD, (_from, body) =>
      this.isVacatedHere(new TupleReader([body]).natural()),
    );
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
   * statuses may be of a leader that was deposed, whose successor counts on the member still. A leader's word
   * binds no later one, which may know an older list; so the member itself is asked before, if it lives.
   */
  async isFree(member: string): Promise<boolean> {
    const { list } = this.known;
    const asked = this.leaders(member);
    if (asked === null || list === null) return false;
    const { version } = list;
    // Who has never come has no replica.
    const mayRun = listedMember(list, member)?.diskId !== null && this.living.isAlive(member);
    if (mayRun && !(await this.isVacated(member, version))) return false;
    const answers = [...asked].map(async ([leader, groups]) => {
      const free = new Set(await this.askLeader(leader, { member, groups, version }));
      return groups.every((group) => free.has(group));
    });
    return (await Promise.all(answers)).every((free) => free);
  }

  private async isVacated(member: string, version: number): Promise<boolean> {
    if (member === this.configuration.nodeId) return this.isVacatedHere(version);
    const reply = await this.ask(member, VACATED_METHOD, version);
    return reply === true;
  }

  private isVacatedHere(version: number): boolean {
    const { list } = this.known;
    if (list === null || list.version < version) return false;
    if (listedMember(list, this.configuration.nodeId)?.leaving !== true) return false;
    return this.consensus.groups().every(({ group }) => this.families.shard(group) === undefined);
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

  private async askLeader(leader: string, question: FreeOf): Promise<readonly string[]> {
    const { member, groups, version } = question;
    if (leader === this.configuration.nodeId) return this.freeHere(member, groups, version);
    const reply = await this.ask(leader, FREE_OF_METHOD, [member, groups, version]);
    try {
      if (reply === null) return [];
      if (!Array.isArray(reply)) throw new MalformedError('wanted a list of groups');
      return readTexts(reply);
    } catch (error) {
      if (error instanceof MalformedError) this.logger.warn(`${leader}: ${error.message}`);
      return [];
    }
  }

  /** Null without an answer: asked again with the keeper's next look. */
  private async ask(node: string, method: string, body: unknown): Promise<unknown> {
    const options = { timeoutMs: DEPARTURE_ASK_TIMEOUT_MS };
    return await this.transport.request(nodeId(node), method, body, options).catch(() => null);
  }

  private freeHere(member: string, groups: readonly string[], version: number): readonly string[] {
    const { list } = this.known;
    // Who has not heard of it yet may count on it the next moment.
    if (list === null || list.version < version) return [];
    if (listedMember(list, member)?.leaving !== true) return [];
    const now = this.consensus.now();
    return groups.filter((group) => {
      const driver = this.consensus.group(group);
      if (driver === undefined || !driver.leaseValidAt(now)) return false;
      const { members, committedMembers } = driver.raft;
      return !hasReplicaOf(member, [members, committedMembers]);
    });
  }
}
