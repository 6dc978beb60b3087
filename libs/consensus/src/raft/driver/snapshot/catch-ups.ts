import type { ReplicaId } from '../../core/identifiers.js';
import type { Replication } from '../../core/progress/replication.js';
import { CATCH_UP_TICKS_MAX } from '../limits.js';

/**
 * Followers that have been brought a snapshot and now read what was appended meanwhile.
 *
 * The log is kept for them: a leader that compacted it as soon as the snapshot is there would be
 * faster than they read, and under a load that goes on they would need one snapshot after another,
 * for ever. It is kept for a bounded time, or a follower that is slower than the load would fill the
 * leader's disk.
 */
export class CatchUps {
  private readonly ticksLeft = new Map<ReplicaId, number>();

  begin(follower: ReplicaId): void {
    this.ticksLeft.set(follower, CATCH_UP_TICKS_MAX);
  }

  /** One heartbeat. Who is silent, or needs another snapshot all the same, is waited for no more. */
  tick(replication: Replication | undefined): void {
    for (const [follower, ticks] of this.ticksLeft) {
      const reads =
        replication?.hears(follower) === true &&
        replication.progressOf(follower)?.state !== 'snapshot';
      if (reads && ticks > 1) this.ticksLeft.set(follower, ticks - 1);
      else this.ticksLeft.delete(follower);
    }
  }

  /** The leadership is lost: the next leader has a log of its own. */
  clear(): void {
    this.ticksLeft.clear();
  }

  /** The last index that all of them hold. */
  lowestIndex(replication: Replication | undefined): number {
    let lowest = Number.POSITIVE_INFINITY;
    for (const follower of this.ticksLeft.keys()) {
      lowest = Math.min(lowest, replication?.progressOf(follower)?.matchIndex ?? lowest);
    }
    return lowest;
  }
}
