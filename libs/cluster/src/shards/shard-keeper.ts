import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import {
  ConsensusService,
  nodeOf,
  replicaOf,
  type Configuration,
  type ReplicaId,
} from '@sinkron/consensus';
import { isDeepStrictEqual } from 'node:util';
import { stepTowards } from '../core/membership/step-towards.js';
import { KEEPER_INTERVAL_MS } from '../limits.js';
import { LivingMembers } from '../members/living-members.js';
import { ReplicaSteps } from '../replicas/replica-steps.js';
import { StatusService } from '../status/status.service.js';
import { MOVE_STALLED_MS } from './core/limits.js';
import { mayBeginMove, type ShardSeen } from './core/move-turn.js';
import { ShardFamilies, type RegisteredFamily, type RegisteredShard } from './shard-families.js';
import { ShardPlacements } from './shard-placements.js';

/**
 * On the leaders of shards: leads their replicas, step by step, to where the members call for them, one shard
 * of a family at a time. It remembers nothing but since when others learn; whoever leads next goes on from what
 * is committed.
 */
@Injectable()
export class ShardKeeper implements OnApplicationShutdown {
  /** Groups that have learners, and since when they have the same; of those that another shard waits for. */
  private readonly learning = new Map<
    string,
    { readonly members: Configuration; readonly sinceMs: number }
  >();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly consensus: ConsensusService,
    private readonly steps: ReplicaSteps,
    private readonly living: LivingMembers,
    private readonly status: StatusService,
    private readonly families: ShardFamilies,
    private readonly placements: ShardPlacements,
  ) {}

  start(): void {
    this.timer ??= setInterval(() => this.look(), KEEPER_INTERVAL_MS);
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  private look(): void {
    const views = new Map<RegisteredFamily, readonly ShardSeen[]>();
    for (const driver of this.consensus.groups()) {
      const registered = this.families.shard(driver.group);
      if (registered === undefined || driver.raft.roleName !== 'leader') continue;
      const { family, shard } = registered;
      const { members } = driver.raft;
      const desired = this.desired(family, shard);
      if (desired.length === 0 || isThere(members, desired)) continue;
      if (!hasBegun(members) && !this.mayBegin(registered, members, views)) continue;
      const isDead = (replica: ReplicaId): boolean => !this.living.isAlive(nodeOf(replica));
      this.steps.take(driver, (situation) => stepTowards({ voters: desired, isDead }, situation));
    }
    // Nobody waits: nobody has watched them either.
    if (views.size === 0) this.learning.clear();
  }

  /** @param views what is seen of each family in this look. */
  private mayBegin(
    { family, shard }: RegisteredShard,
    members: Configuration,
    views: Map<RegisteredFamily, readonly ShardSeen[]>,
  ): boolean {
    const view = views.get(family) ?? [...this.seen(family)];
    views.set(family, view);
    return !this.isStuck(family, shard, members) && mayBeginMove(shard, view);
  }

  private desired(family: RegisteredFamily, shard: number): readonly ReplicaId[] {
    const holders = this.placements.holdersOf(family, shard);
    return holders.map(({ nodeId, diskId }) => replicaOf(nodeId, diskId));
  }

  /** Whether replicas are to come, and none can. */
  private isStuck(family: RegisteredFamily, shard: number, { voters }: Configuration): boolean {
    const coming = this.desired(family, shard).filter((replica) => !voters.includes(replica));
    return coming.length > 0 && !coming.some((replica) => this.living.isAlive(nodeOf(replica)));
  }

  /** The shards of a family, as far as anybody has told of them. */
  private *seen(family: RegisteredFamily): Generator<ShardSeen, void> {
    for (const { id, leader, members } of this.status.groups()) {
      const registered = this.families.shard(id);
      if (registered?.family !== family) continue;
      const { shard } = registered;
      const desired = this.desired(family, shard);
      yield {
        shard,
        hasLeader: leader !== null,
        away: desired.length > 0 && !isThere(members, desired),
        stuck: this.isStuck(family, shard, members) || this.learnsInVain(id, members),
      };
    }
  }

  /** Whether a group has had the same learners for too long; counted from when this node began to look. */
  private learnsInVain(group: string, members: Configuration): boolean {
    const nowMs = performance.now();
    const known = this.learning.get(group);
    if (members.learners.length === 0) {
      this.learning.delete(group);
    } else if (known === undefined || !isDeepStrictEqual(known.members, members)) {
      this.learning.set(group, { members, sinceMs: nowMs });
    } else {
      return nowMs - known.sinceMs >= MOVE_STALLED_MS;
    }
    return false;
  }
}

function hasBegun({ outgoingVoters, learners }: Configuration): boolean {
  return outgoingVoters.length > 0 || learners.length > 0;
}

function isThere(members: Configuration, desired: readonly ReplicaId[]): boolean {
  const { voters } = members;
  if (hasBegun(members) || voters.length !== desired.length) return false;
  return desired.every((replica) => voters.includes(replica));
}
