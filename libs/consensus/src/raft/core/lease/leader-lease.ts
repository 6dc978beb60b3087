import { CLOCK_DRIFT_MAX } from '../limits.js';
import type { ReplicaId } from '../identifiers.js';

/**
 * The leader's heartbeat rounds: what proves that it still leads.
 *
 * Every request to a follower carries the latest round, every response repeats it. Once a majority
 * has answered round r, no other leader can have been elected before r was *sent* plus the
 * election timeout, for those who answered refuse their votes that long; until then (less the
 * drift between clocks) reads may be answered without asking anybody (Raft thesis §6.4.1).
 * A lease is compared with the clock just before an answer, never counted in ticks: a leader that
 * was stopped finds its lease over when it wakes.
 */
export class LeaderLease {
  private currentRound = 0;
  /** Sending times of the rounds in (confirmedRound, currentRound], by round. */
  private readonly sentAtMs = new Map<number, number>();
  private readonly answeredRound = new Map<ReplicaId, number>();
  private confirmedRound = 0;
  private confirmedSentAtMs: number | null = null;
  private ended = false;

  /** @param startMs when the leader was elected, monotonic ms. */
  constructor(
    private readonly electionTimeoutMsMin: number,
    private readonly startMs: number,
  ) {}

  get round(): number {
    return this.currentRound;
  }

  get confirmed(): number {
    return this.confirmedRound;
  }

  /** Rounds that are under way. Each costs memory: the caller keeps them few. */
  get unconfirmedCount(): number {
    return this.currentRound - this.confirmedRound;
  }

  startRound(nowMs: number): number {
    this.currentRound += 1;
    this.sentAtMs.set(this.currentRound, nowMs);
    return this.currentRound;
  }

  answered(from: ReplicaId, round: number): void {
    // A round that was never sent comes from a faulty peer: it proves nothing.
    if (round > this.currentRound || round <= this.roundOf(from)) return;
    this.answeredRound.set(from, round);
  }

  /** The latest round that `from` has answered. */
  roundOf(from: ReplicaId): number {
    return this.answeredRound.get(from) ?? 0;
  }

  /** A majority has answered `round`. @returns whether that was news. */
  confirm(round: number): boolean {
    if (round <= this.confirmedRound) return false;
    this.confirmedSentAtMs = this.sentAtMs.get(round) ?? this.confirmedSentAtMs;
    for (let old = this.confirmedRound; old <= round; old += 1) this.sentAtMs.delete(old);
    this.confirmedRound = round;
    return true;
  }

  /**
   * From now on no lease in this term: somebody was asked to campaign who needs not wait for it. The
   * request may arrive at any later time, so there is no way back; rounds are counted as before.
   */
  end(): void {
    this.ended = true;
  }

  /** Whether this term has no lease any more. */
  get over(): boolean {
    return this.ended;
  }

  /** Whether reads may still be answered at `nowMs` without asking anybody. */
  validAt(nowMs: number): boolean {
    if (this.ended || this.confirmedSentAtMs === null) return false;
    const durationMs = this.electionTimeoutMsMin * (1 - CLOCK_DRIFT_MAX);
    return nowMs < this.confirmedSentAtMs + durationMs;
  }

  /** Age of the latest proof that this leader still leads: of the round a majority answered. */
  silentMs(nowMs: number): number {
    return nowMs - (this.confirmedSentAtMs ?? this.startMs);
  }
}
