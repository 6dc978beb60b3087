import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { CONFIGURATION, type SinkronConfiguration } from '@sinkron/config';
import { ConsensusService } from '@sinkron/consensus';
import { WallInterval } from '@sinkron/transport';
import { COORDINATION_GROUP } from '../../groups.js';
import { KEEPER_INTERVAL_MS } from '../../limits.js';
import { KnownCluster } from '../../members/known-cluster.js';
import { MemberCommands } from '../../members/member-commands.js';
import { familyFounding } from '../core/family-founding.js';
import { holdersIn } from '../core/holders.js';
import type { ShardFamily } from '../core/shard-family.js';
import { ShardFamilies } from '../shard-families.js';

/**
 * On the leader of the coordination group: has the founders of each registered family committed, as soon as
 * a member may hold its shards.
 */
@Injectable()
export class FamilyFounder implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger('Members');
  private founding = false;
  private interval: WallInterval | undefined;

  constructor(
    @Inject(CONFIGURATION) private readonly configuration: SinkronConfiguration,
    private readonly consensus: ConsensusService,
    private readonly families: ShardFamilies,
    private readonly known: KnownCluster,
    private readonly commands: MemberCommands,
  ) {}

  onModuleInit(): void {
    this.known.onChange(() => void this.look());
  }

  start(): void {
    this.interval ??= new WallInterval(KEEPER_INTERVAL_MS, () => void this.look());
  }

  onApplicationShutdown(): void {
    this.interval?.stop();
  }

  private async look(): Promise<void> {
    if (this.founding || !this.leads) return;
    const family = this.next();
    if (family === null) return;
    this.founding = true;
    try {
      const { kind } = await this.commands.run({ kind: 'foundFamily', family });
      const { name, founders } = family;
      const nodes = founders.map(({ nodeId }) => nodeId).join(', ');
      if (kind === 'accepted') this.logger.log(`the shards of ${name} are founded on ${nodes}`);
    } catch (error) {
      // Tried again, by whoever leads then and with the members of then: only the first one counts.
      this.logger.log(`${family.name} could not be founded yet: ${String(error)}`);
    } finally {
      this.founding = false;
    }
  }

  private next(): ShardFamily | null {
    const { list } = this.known;
    if (list === null) return null;
    for (const family of this.families.all()) {
      if (list.families.some(({ name }) => name === family.name)) continue;
      const found = familyFounding(family, holdersIn(list, family.role), this.configuration);
      if (found !== null) return found;
    }
    return null;
  }

  private get leads(): boolean {
    return this.consensus.group(COORDINATION_GROUP)?.raft.roleName === 'leader';
  }
}
