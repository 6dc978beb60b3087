import { Injectable } from '@nestjs/common';
import type { ListedMember } from '../core/members/members-list.js';
import { FamilyFounder } from './founding/family-founder.js';
import { LeaderHandBack } from './leader-hand-back.js';
import { RolePresence } from './founding/role-presence.js';
import { ShardKeeper } from './shard-keeper.js';
import { ShardReplicas } from './shard-replicas.js';

/** What this node does for the groups of shards while it belongs to a cluster. */
@Injectable()
export class ShardLife {
  constructor(
    private readonly founder: FamilyFounder,
    private readonly presence: RolePresence,
    private readonly replicas: ShardReplicas,
    private readonly keeper: ShardKeeper,
    private readonly handBack: LeaderHandBack,
  ) {}

  /** Called once this node belongs to a cluster. */
  start(): void {
    this.founder.start();
    this.keeper.start();
    this.handBack.start();
  }

  /**
   * Other members are known.
   *
   * @param mayHold whether a group may count on this node's disk.
   */
  membersChanged(members: readonly ListedMember[], mayHold: boolean): void {
    this.presence.look(members);
    if (mayHold) this.replicas.startOwn();
  }
}
