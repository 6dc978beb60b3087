import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { CONFIGURATION, type SinkronConfiguration } from '@sinkron/config';
import {
  ConsensusService,
  nodeOf,
  replicaOf,
  type GroupDriver,
  type ReplicaId,
} from '@sinkron/consensus';
import { WallInterval } from '@sinkron/transport';
import type { MembersList } from '../core/members/members-list.js';
import type { Candidate } from '../core/membership/candidate.js';
import { nextChange } from '../core/membership/next-change.js';
import { canGoOn } from '../core/membership/removal.js';
import { COORDINATION_GROUP } from '../groups.js';
import { KEEPER_INTERVAL_MS } from '../limits.js';
import { hasReplicaOf } from '../replicas/group-replicas.js';
import { ReplicaSteps } from '../replicas/replica-steps.js';
import { ShardDepartures } from '../shards/shard-departures.js';
import { KnownCluster } from './known-cluster.js';
import { LivingMembers } from './living-members.js';
import { MemberCommands } from './member-commands.js';

/**
 * On the leader of the coordination group: leads its replicas, step by step, to those that the list of
 * members calls for, and lets leaving members go when none of theirs is left. It remembers nothing but
 * since when it takes whom for dead; whoever leads next goes on from what is committed.
 */
@Injectable()
export class MembershipKeeper implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger('Members');
  private readonly deadSinceMs = new Map<string, number>();
  private dropping = false;
  private interval: WallInterval | undefined;

  constructor(
    @Inject(CONFIGURATION) private readonly configuration: SinkronConfiguration,
    private readonly consensus: ConsensusService,
    private readonly steps: ReplicaSteps,
    private readonly living: LivingMembers,
    private readonly known: KnownCluster,
    private readonly commands: MemberCommands,
    private readonly departures: ShardDepartures,
  ) {}

  onModuleInit(): void {
    this.known.onChange(() => this.look());
    this.consensus.onMembers((group, { voters, outgoingVoters, learners }) => {
      const text = `${group}: voters ${names(voters)}; learners ${names(learners)}`;
      this.logger.log(
        outgoingVoters.length === 0 ? text : `${text}; before ${names(outgoingVoters)}`,
      );
    });
  }

  start(): void {
    this.interval ??= new WallInterval(KEEPER_INTERVAL_MS, () => this.look());
  }

  onApplicationShutdown(): void {
    this.interval?.stop();
  }

  /**
   * Whether the cluster could go on without a member, as this leader hears its nodes. Of the last one the
   * list itself takes care, and of others than candidates it need not be asked.
   *
   * @returns null when this node does not lead.
   */
  canGoOnWithout(member: string): boolean | null {
    const driver = this.leading();
    const { list } = this.known;
    if (driver === null || list === null) return null;
    const all = this.candidates(list);
    const left = all.filter(({ replica }) => nodeOf(replica) !== member);
    const isVoterless = left.length === all.length || left.length === 0;
    if (!isVoterless && !canGoOn(left, driver.raft.members)) return false;
    return this.departures.canGoOnWithout(member);
  }

  private look(): void {
    const driver = this.leading();
    const { list } = this.known;
    if (driver === null || list === null) {
      this.deadSinceMs.clear();
      return;
    }
    this.watchTheDead(list);
    this.step(driver, list);
    void this.dropOne(driver, list);
  }

  private leading(): GroupDriver | null {
    const driver = this.consensus.group(COORDINATION_GROUP);
    return driver?.raft.roleName === 'leader' ? driver : null;
  }

  private watchTheDead({ members }: MembersList): void {
    const nowMs = performance.now();
    const nodes = members.map((member) => member.nodeId);
    const dead = new Set(nodes.filter((node) => !this.living.isAlive(node)));
    for (const node of this.deadSinceMs.keys()) if (!dead.has(node)) this.deadSinceMs.delete(node);
    for (const node of dead) if (!this.deadSinceMs.has(node)) this.deadSinceMs.set(node, nowMs);
  }

  private candidates({ members }: MembersList): readonly Candidate<ReplicaId>[] {
    const nowMs = performance.now();
    return members.flatMap(({ nodeId: id, roles, diskId, leaving }) => {
      if (diskId === null || leaving || !roles.includes('locks')) return [];
      const deadMs = nowMs - (this.deadSinceMs.get(id) ?? nowMs);
      return [
        {
          replica: replicaOf(id, diskId),
          alive: this.living.isAlive(id),
          lost: deadMs >= this.configuration.replaceAfterMs,
        },
      ];
    });
  }

  private step(driver: GroupDriver, list: MembersList): void {
    const candidates = this.candidates(list);
    this.steps.take(driver, (situation) => nextChange({ ...situation, candidates }));
  }

  /** Lets one leaving member go that no group counts on any more. */
  private async dropOne({ raft }: GroupDriver, { members, version }: MembersList): Promise<void> {
    if (this.dropping) return;
    this.dropping = true;
    const replicas = [raft.members, raft.committedMembers];
    try {
      for (const { nodeId, leaving } of members) {
        if (!leaving || hasReplicaOf(nodeId, replicas)) continue;
        if (!(await this.departures.isFree(nodeId))) continue;
        await this.commands.run({ kind: 'drop', nodeId, version });
        return;
      }
    } catch (error) {
      // Tried again by whoever leads then.
      this.logger.log(`a leaving member could not be let go yet: ${String(error)}`);
    } finally {
      this.dropping = false;
    }
  }
}

function names(replicas: readonly ReplicaId[]): string {
  return replicas.length === 0 ? 'none' : replicas.map(nodeOf).join(', ');
}
