import { Inject, Injectable } from '@nestjs/common';
import { CONFIGURATION, type SinkronConfiguration } from '@sinkron/config';
import type { MembersList } from '../core/members/members-list.js';
import { KnownCluster } from '../members/known-cluster.js';
import { placeShards, type ShardPlacement } from '../placement/core/place-shards.js';
import { holdersIn } from './core/holders.js';
import type { Holder } from './core/shard-family.js';
import type { RegisteredFamily } from './shard-families.js';

interface Computed {
  readonly list: MembersList;
  readonly placement: readonly ShardPlacement[];
  readonly diskIds: ReadonlyMap<string, string>;
}

/** Where the shards of the registered families should be, by the newest list of members that is known here. */
@Injectable()
export class ShardPlacements {
  /** The latest of each family: it is asked for again and again, and changes with the list only. */
  private readonly computed = new Map<string, Computed>();

  constructor(
    @Inject(CONFIGURATION) private readonly configuration: SinkronConfiguration,
    private readonly known: KnownCluster,
  ) {}

  /** In the order of the shards; nobody holds them where no member may. Null while no list is known. */
  of(family: RegisteredFamily): readonly ShardPlacement[] | null {
    return this.compute(family)?.placement ?? null;
  }

  /** The disks that should hold a shard, that of the preferred leader first; none while no list is known. */
  holdersOf(family: RegisteredFamily, shard: number): readonly Holder[] {
    const computed = this.compute(family);
    return (computed?.placement[shard]?.nodeIds ?? []).flatMap((nodeId) => {
      const diskId = computed?.diskIds.get(nodeId);
      return diskId === undefined ? [] : [{ nodeId, diskId }];
    });
  }

  private compute({ name, role }: RegisteredFamily): Computed | null {
    const { list } = this.known;
    if (list === null) return null;
    const known = this.computed.get(name);
    if (known?.list === list) return known;
    const computed = this.placed(name, role, list);
    this.computed.set(name, computed);
    return computed;
  }

  private placed(family: string, role: string, list: MembersList): Computed {
    const { shards, replicationFactor } = this.configuration;
    const holders = holdersIn(list, role);
    const nodes = holders.map(({ nodeId }) => ({ nodeId, weight: 1 }));
    return {
      list,
      placement: placeShards({ nodes, shards, replicationFactor, family }),
      diskIds: new Map(holders.map(({ nodeId, diskId }) => [nodeId, diskId])),
    };
  }
}
