/** What a batch of seeds must have met at least once, or it proves less than it seems to. */
export const SITUATIONS = [
  'leader changed with uncommitted entries',
  'leader crashed',
  'whole cluster crashed',
  'vote lost by a crash',
  'entries lost by a crash',
  'unacknowledged write survived a crash',
  'applied state lost by a crash',
  'restart replayed the log',
  'append refused by the follower',
  'conflicting suffix truncated',
  'vote refused',
  'leader stopped without a quorum',
  'duplicate command suppressed',
  'command of a closed proposer refused',
  'proposer closed',
  'answer repeated for an idempotency key',
  'command lost with the leadership',
  'proposal refused without a quorum',
  'read answered under the lease',
  'read answered after a round',
  'read refused',
  'lease renewed in memory',
  'lease renewed in the log',
  'lease expired',
  'message lost',
  'message duplicated',
  'message overtaken',
  'message dropped by a partition',
  'path clogged',
  'leader isolated',
  'one-way partition',
  'ring partition',
  'leader paused',
  'wall clock jumped',
  'disk stalled',
  'disk slowed down',
  'write torn by a crash',
  'node stopped by an I/O error',
  'node stopped by a corrupted record',
  'start refused on a corrupted disk',
  'waiter answered by a stopping node',
  'leadership handed over at a stop',
  'applying paused by a saturated state',
  'opening repeated after a closing',
  'snapshot installed',
  'snapshot interrupted by a crash',
  'snapshot outlived a crash',
  'snapshot given up',
  'log compacted',
  'log reset to a snapshot',
  'compaction lost by a crash',
  'leadership transferred',
  'transfer aborted',
  'proposal refused by a transfer',
  'learner added',
  'voter added',
  'voter removed',
  'joint configuration committed',
  'joint configuration interrupted by a crash',
  'joint configuration ended by another leader',
  'configuration rolled back',
  'leader removed',
  'change refused: its voters are silent',
  'change refused: a voter is behind',
  'change refused: another is under way',
  'disks replaced',
  'waiter granted',
  'waiter granted by an expiry',
  'waiter kept over a change of leader',
  'waiter gone with its client',
  'waiter gone with its node',
  'wait timed out',
  'repeat joined a waiter',
  'deadlock refused',
  'soft edge passed',
  'upgrade waited',
  'multi-lock waited',
  'abandoned grant released',
  'grant given back by a cancellation',
  'session kept alive',
  'session expired with locks',
  'session deleted with locks',
  'lock-delay waited',
  'lock broken',
] as const;

/** The same for a batch of seeds whose clients work with queues. */
export const QUEUE_SITUATIONS = [
  'snapshot installed with messages',
  'leader changed while a receive was under way',
  'delivery outlived its leader',
  'message delivered again after its visibility',
  'message delivered again after a nack',
  'message waited behind another of its key',
  'delayed message matured',
  'dead letter made',
  'dead letter given back',
  'message suppressed as a duplicate',
  'deduplication id forgotten',
  'stale receipt refused',
  'visibility extended',
  'undelivered message returned',
  'receive repeated with its key',
  'receive waited for a message',
  'node told of ready messages',
  'publish of unknown outcome that happened',
  'publish of unknown outcome that did not happen',
  'answer repeated for an idempotency key',
  'duplicate command suppressed',
  'leader crashed',
  'whole cluster crashed',
  'applied state lost by a crash',
  'restart replayed the log',
  'snapshot interrupted by a crash',
  'joint configuration committed',
  'receive ended by a stopping node',
] as const;

export type Situation = (typeof SITUATIONS)[number] | (typeof QUEUE_SITUATIONS)[number];

/** Counts the situations that runs have met. */
export class Coverage {
  private readonly counts = new Map<Situation, number>();

  met(situation: Situation): void {
    this.counts.set(situation, this.count(situation) + 1);
  }

  count(situation: Situation): number {
    return this.counts.get(situation) ?? 0;
  }

  add(other: Coverage): void {
    for (const [situation, count] of other.counts) {
      this.counts.set(situation, this.count(situation) + count);
    }
  }

  /** Those that were never met. */
  missing(situations: readonly Situation[]): readonly Situation[] {
    return situations.filter((situation) => this.count(situation) === 0);
  }
}
