import { Inject, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { CONFIGURATION, type SinkronConfiguration } from '@sinkron/config';
import { configuration, NO_MEMBERS, replicaOf } from '@sinkron/consensus';
import { ReadinessRegistry } from '@sinkron/observability';
import { KnownCluster } from '../members/known-cluster.js';
import { LeaderWatch } from '../routing/leader-watch.js';
import { GroupReplicas, type ReplicaOrigin } from '../replicas/group-replicas.js';
import { foundersOf, type Holder } from './core/shard-family.js';
import { ShardFamilies } from './shard-families.js';

/**
 * What the replicas of shards begin with on this node. Who founds a shard is read from the record of its
 * family in the committed list, and from nothing else: who went by the members it happens to know could make
 * up another first majority than the others.
 */
@Injectable()
export class ShardReplicas implements OnModuleInit {
  private readonly logger = new Logger('Members');
  /** Families whose replicas were started from this disk: later ones start as leaders tell. */
  private readonly begun = new Set<string>();

  constructor(
    @Inject(CONFIGURATION) private readonly configuration: SinkronConfiguration,
    private readonly families: ShardFamilies,
    private readonly replicas: GroupReplicas,
    private readonly known: KnownCluster,
    private readonly leaders: LeaderWatch,
    private readonly readiness: ReadinessRegistry,
  ) {}

  onModuleInit(): void {
    this.replicas.provide((group) => this.originOf(group));
    this.readiness.register('shards', () => {
      const missing = this.families.all().find((family) => !this.isBegun(family.name));
      if (missing === undefined) return { status: 'up' };
      return { status: 'down', detail: `the shards of ${missing.name} are not founded yet` };
    });
  }

  /**
   * Starts the replicas that this node's disk has, or that it founds shards with, of all families that the
   * list has; again for those that it comes to have. Called while this node may have replicas.
   */
  startOwn(): void {
    for (const { name } of this.known.list?.families ?? []) {
      if (!this.families.has(name) || this.begun.has(name)) continue;
      this.begun.add(name);
      const started = this.families.groupsOf(name).filter((group) => this.startOf(group));
      if (started.length === 0) continue;
      this.logger.log(`this node has ${started.length} shards of ${name}`, { groups: started });
    }
  }

  /** Also where the cluster has no member that may hold its shards. */
  private isBegun(family: string): boolean {
    const [first = ''] = this.families.groupsOf(family);
    return this.begun.has(family) || this.leaders.absentRole(first) !== undefined;
  }

  private startOf(group: string): boolean {
    const hasLog = this.replicas.hasLog(group);
    const [first] = this.foundersOf(group);
    if (!hasLog && !this.isFounder(group)) return false;
    // Without a log this replica has never answered a leader: it holds up nobody's lease, and may vote at once.
    return this.replicas.start(group, {
      formation: !hasLog,
      ...(hasLog ? {} : { first: first?.nodeId === this.configuration.nodeId }),
    });
  }

  /** A founder needs to know the founders: until the first change of members its log does not name them. */
  private originOf(group: string): ReplicaOrigin | null {
    const registered = this.families.shard(group);
    const founders = this.foundersOf(group);
    if (registered === undefined || founders.length === 0) return null;
    return {
      members: this.isFounder(group)
        ? configuration(founders.map(({ nodeId, diskId }) => replicaOf(nodeId, diskId)))
        : NO_MEMBERS,
      machines: () => [registered.family.machine(group)],
    };
  }

  private foundersOf(group: string): readonly Holder[] {
    const registered = this.families.shard(group);
    const record = this.known.list?.families.find(({ name }) => name === registered?.family.name);
    if (registered === undefined || record === undefined) return [];
    return foundersOf(record, registered.shard);
  }

  private isFounder(group: string): boolean {
    const { nodeId } = this.configuration;
    return this.foundersOf(group).some(
      (founder) => founder.nodeId === nodeId && founder.diskId === this.known.diskId,
    );
  }
}
