import { HAND_BACK_PACE_MS, HAND_BACK_WAIT_MS_MAX, HAND_BACK_WAIT_MS_MIN } from './limits.js';

/** Who leads a shard, and who should. */
export interface ShardLeader {
  /** Null: nobody that is known. */
  readonly leader: string | null;
  /** Null: nobody may hold it. */
  readonly preferred: string | null;
}

/** A shard that another node leads than the one that should. */
export interface Returnable {
  readonly group: string;
  /** Whether this node leads it. */
  readonly isOwn: boolean;
  /** Whether the preferred leader has a vote, and has got what is committed. */
  readonly upToDate: boolean;
  /** For how long the preferred leader has been alive without a break, as far as this node knows. */
  readonly aliveMs: number;
}

interface Known {
  readonly preferred: string | null;
  leader: string | null;
  /** Since when the present leader has led. */
  sinceMs: number;
  /** For how long the preferred leader must have been there before it gets the shard. */
  waitMs: number;
  /** When it was last to get it. */
  triedMs: number;
}

/**
 * When leadership goes back to the preferred leaders.
 *
 * It has a price: for some milliseconds the shard takes no writes, and a leader that fails at once costs an
 * election. So nobody gets a shard back that has not been alive for a while, and one shard goes at a time. Who
 * loses it again waits twice as long, until it has kept it for as long as one waits at most.
 */
export class HandBack {
  private readonly shards = new Map<string, Known>();
  private lastMs = Number.NEGATIVE_INFINITY;

  /** What is known of a shard now; told of all shards, again and again. */
  observe(group: string, { leader, preferred }: ShardLeader, nowMs: number): void {
    const known = this.shards.get(group);
    if (known === undefined || known.preferred !== preferred) {
      const waitMs = HAND_BACK_WAIT_MS_MIN;
      this.shards.set(group, { preferred, leader, sinceMs: nowMs, waitMs, triedMs: 0 });
      return;
    }
    // A moment without a leader is no change: the next one decides who has lost it.
    if (leader === null) return;
    if (leader === known.leader) {
      const kept = leader === preferred && nowMs - known.sinceMs >= HAND_BACK_WAIT_MS_MAX;
      if (kept) known.waitMs = HAND_BACK_WAIT_MS_MIN;
      return;
    }
    if (known.leader === preferred) this.lengthen(known);
    // Another node has given it: the next one of the cluster waits.
    if (leader === preferred && known.triedMs !== this.lastMs) this.lastMs = nowMs;
    known.leader = leader;
    known.sinceMs = nowMs;
  }

  /** Forgets all shards but these. */
  keep(groups: ReadonlySet<string>): void {
    for (const group of this.shards.keys()) if (!groups.has(group)) this.shards.delete(group);
  }

  /**
   * The shard for this node to give back now, if any. All leaders go through the shards of all of them in the same
   * order: of those that may go, the one that was tried longest ago, and the first of these. It has its turn also
   * when another node leads it, which gives it then; who does not holds up nobody for longer than one turn.
   *
   * @param returnable all shards that should go, in the order of their numbers.
   */
  next(returnable: readonly Returnable[], nowMs: number): string | null {
    if (nowMs - this.lastMs < HAND_BACK_PACE_MS) return null;
    let chosen: { readonly shard: Returnable; readonly known: Known } | null = null;
    for (const shard of returnable) {
      const { group, upToDate, aliveMs } = shard;
      const known = this.shards.get(group);
      if (known === undefined || !upToDate) continue;
      if (Math.min(aliveMs, nowMs - known.sinceMs) < known.waitMs) continue;
      if (chosen === null || known.triedMs < chosen.known.triedMs) chosen = { shard, known };
    }
    if (chosen === null) return null;
    this.lastMs = nowMs;
    chosen.known.triedMs = nowMs;
    return chosen.shard.isOwn ? chosen.shard.group : null;
  }

  /** It did not come to lead: the same as if it had lost it at once. */
  failed(group: string, nowMs: number): void {
    const known = this.shards.get(group);
    if (known === undefined) return;
    this.lengthen(known);
    known.sinceMs = nowMs;
  }

  private lengthen(known: Known): void {
    known.waitMs = Math.min(known.waitMs * 2, HAND_BACK_WAIT_MS_MAX);
  }
}
