import { Inject, Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { CONFIGURATION, nodeId, type SinkronConfiguration } from '@sinkron/config';
import { ConsensusService, replicaOf, type GroupDriver } from '@sinkron/consensus';
import { PeerTransport } from '@sinkron/transport';
import { HAND_BACK_LOOK_MS } from '../limits.js';
import { CAUGHT_UP_ENTRIES_MAX } from '../status/core/limits.js';
import type { GroupStatus } from '../status/status-event.js';
import { StatusService } from '../status/status.service.js';
import { HandBack, type Returnable } from './core/hand-back.js';
import { HAND_BACK_LAG_ENTRIES_MAX } from './core/limits.js';
import type { Holder } from './core/shard-family.js';
import { ShardFamilies } from './shard-families.js';
import { ShardPlacements } from './shard-placements.js';

/** Gives the leadership of shards that this node leads to those who should have it, see `HandBack`. */
@Injectable()
export class LeaderHandBack implements OnApplicationShutdown {
  private readonly logger = new Logger('Members');
  private readonly handBack = new HandBack();
  /** Since when the present process of a node has been alive without a break. */
  private readonly alive = new Map<
    string,
    { readonly process: string; readonly sinceMs: number }
  >();
  private giving = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    @Inject(CONFIGURATION) private readonly configuration: SinkronConfiguration,
    private readonly consensus: ConsensusService,
    private readonly transport: PeerTransport,
    private readonly status: StatusService,
    private readonly families: ShardFamilies,
    private readonly placements: ShardPlacements,
  ) {}

  start(): void {
    this.timer ??= setInterval(() => void this.look(), HAND_BACK_LOOK_MS);
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  private async look(): Promise<void> {
    const nowMs = performance.now();
    this.watchTheLiving(nowMs);
    const returnable = this.observe(nowMs);
    if (this.giving) return;
    const group = this.handBack.next(returnable, nowMs);
    const preferred = group === null ? undefined : this.preferred(group);
    if (group === null || preferred === undefined) return;
    this.giving = true;
    const { kind } = await this.consensus.transfer(group, preferred.nodeId);
    this.giving = false;
    this.logger.log(`${group} goes back to ${preferred.nodeId}: ${kind}`);
    if (kind !== 'leads') this.handBack.failed(group, performance.now());
  }

  private watchTheLiving(nowMs: number): void {
    for (const { nodeId: node } of this.transport.peers()) {
      const process = this.transport.status(nodeId(node))?.identity?.incarnation ?? null;
      if (process === null || this.status.memberStatus(node) !== 'alive') {
        this.alive.delete(node);
      } else if (this.alive.get(node)?.process !== process) {
        this.alive.set(node, { process, sinceMs: nowMs });
      }
    }
  }

  /** @returns the shards that others lead than should, in their order. */
  private observe(nowMs: number): readonly Returnable[] {
    const returnable: Returnable[] = [];
    const seen = new Set<string>();
    for (const group of this.status.groups()) {
      const { id, leader } = group;
      if (this.families.shard(id) === undefined) continue;
      seen.add(id);
      const preferred = this.preferred(id);
      this.handBack.observe(id, { leader, preferred: preferred?.nodeId ?? null }, nowMs);
      if (preferred === undefined || leader === null || preferred.nodeId === leader) continue;
      const driver = this.consensus.group(id);
      const isOwn = driver?.raft.roleName === 'leader';
      returnable.push({
        group: id,
        isOwn,
        upToDate: isOwn ? this.isUpToDate(driver, preferred) : this.isSaidToBe(group, preferred),
        aliveMs: this.aliveMs(preferred.nodeId, nowMs),
      });
    }
    this.handBack.keep(seen);
    return returnable;
  }

  private aliveMs(node: string, nowMs: number): number {
    if (node === this.configuration.nodeId) return Number.POSITIVE_INFINITY;
    return nowMs - (this.alive.get(node)?.sinceMs ?? nowMs);
  }

  /** Whether a preferred leader is up to date, of a shard that this node does not lead. */
  private isSaidToBe({ id, commitIndex, members }: GroupStatus, preferred: Holder): boolean {
    const { nodeId: node, diskId } = preferred;
    if (!members.voters.includes(replicaOf(node, diskId))) return false;
    const isHere = node === this.configuration.nodeId;
    const replica = isHere ? this.consensus.group(id) : this.status.groupAt(node, id);
    return replica !== undefined && commitIndex - replica.appliedIndex <= CAUGHT_UP_ENTRIES_MAX;
  }

  private preferred(group: string): Holder | undefined {
    const registered = this.families.shard(group);
    if (registered === undefined) return undefined;
    return this.placements.holdersOf(registered.family, registered.shard)[0];
  }

  private isUpToDate(driver: GroupDriver, { nodeId: node, diskId }: Holder): boolean {
    const { commitIndex } = driver.raft;
    const replica = replicaOf(node, diskId);
    const known = driver.replicaStatuses().find((each) => each.replica === replica);
    const told = this.status.groupAt(node, driver.group);
    if (known?.role !== 'voter' || !known.heard || told === undefined) return false;
    const lacks = commitIndex - known.matchIndex;
    const behind = commitIndex - told.appliedIndex;
    return lacks <= HAND_BACK_LAG_ENTRIES_MAX && behind <= CAUGHT_UP_ENTRIES_MAX;
  }
}
