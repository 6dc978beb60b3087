import type { TopicTable } from '../core/topics/topic-table.js';
import { OUTBOX_LOADS_MAX } from './limits.js';
import type { OtherShards } from './other-shards.js';

/**
 * Hands the courier what waits for other shards, while this replica leads: one load at a time for each
 * shard, those of some shards at the same time.
 */
export class OutboxDuty {
  /** Shards that a load is under way to; a set of its own for each time of leading. */
  private underWay = new Set<number>();
  private leads = false;
  /** The shard that had its turn last. */
  private last = -1;

  constructor(
    private readonly table: TopicTable,
    private readonly shard: number,
    private readonly others: OtherShards | undefined,
  ) {}

  start(): void {
    this.leads = true;
  }

  /** What is under way may arrive still: the other shard knows the numbers. */
  stop(): void {
    this.leads = false;
    this.underWay = new Set();
  }

  /** Something may wait. */
  look(): void {
    if (!this.leads || this.others === undefined) return;
    const targets = [...this.table.shard.outbox.targets];
    if (targets.length === 0) return;
    targets.sort((one, other) => one - other);
    const next = Math.max(
      0,
      targets.findIndex((target) => target > this.last),
    );
    for (const target of [...targets.slice(next), ...targets.slice(0, next)]) {
      if (this.underWay.size >= OUTBOX_LOADS_MAX) return;
      if (this.underWay.has(target)) continue;
      this.last = target;
      void this.send(target, this.others);
    }
  }

  private async send(to: number, { courier }: OtherShards): Promise<void> {
    const { underWay } = this;
    const messages = this.table.shard.outbox.load(to);
    underWay.add(to);
    await courier.carry({ from: this.shard, to, messages });
    underWay.delete(to);
    if (underWay !== this.underWay) return;
    // Without the removal, which another leader may have applied, the next heartbeat looks again.
    if (this.table.shard.outbox.firstFor(to) !== messages[0]?.number) this.look();
  }
}
