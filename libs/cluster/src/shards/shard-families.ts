import { Inject, Injectable } from '@nestjs/common';
import { CONFIGURATION, type Role, type SinkronConfiguration } from '@sinkron/config';
import type { ReplicatedMachine } from '@sinkron/consensus';
import { invariant } from '@sinkron/invariant';
import { shardOf } from '../placement/core/shard-of.js';
import { shardGroup } from './core/shard-family.js';

/** Makes a machine for the shard with this group id. */
export type ShardMachineFactory = (group: string) => ReplicatedMachine;

/** Shards of which a feature has a machine. */
export interface RegisteredFamily {
  readonly name: string;
  readonly role: Role;
  readonly machine: ShardMachineFactory;
}

/** One shard of a registered family. */
export interface RegisteredShard {
  readonly family: RegisteredFamily;
  readonly shard: number;
}

/** The families of shards that features have registered: as many shards each as the cluster was created with. */
@Injectable()
export class ShardFamilies {
  private readonly families = new Map<string, RegisteredFamily>();
  private readonly byGroup = new Map<string, RegisteredShard>();
  readonly shards: number;

  constructor(@Inject(CONFIGURATION) configuration: SinkronConfiguration) {
    this.shards = configuration.shards;
  }

  register(family: RegisteredFamily): void {
    invariant(!this.families.has(family.name), 'ShardFamilies: one feature a family', {
      family: family.name,
    });
    this.families.set(family.name, family);
    for (let shard = 0; shard < this.shards; shard += 1) {
      this.byGroup.set(shardGroup(family.name, shard), { family, shard });
    }
  }

  all(): readonly RegisteredFamily[] {
    return [...this.families.values()];
  }

  /** The group ids of a family's shards, in their order. */
  groupsOf(family: string): readonly string[] {
    return Array.from({ length: this.shards }, (_, shard) => shardGroup(family, shard));
  }

  /** Undefined for a group that is no shard of a registered family. */
  shard(group: string): RegisteredShard | undefined {
    return this.byGroup.get(group);
  }

  has(family: string): boolean {
    return this.families.has(family);
  }

  /** Where a name is: always in the same shard, wherever that is now. */
  groupFor(family: string, name: string): string {
    invariant(this.families.has(family), 'ShardFamilies: the family is registered', { family });
    return shardGroup(family, shardOf(name, this.shards));
  }
}
