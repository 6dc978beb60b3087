import type { ReplicaId } from '../identifiers.js';

/**
 * Who leads, as far as this replica knows, and until when it must not help to replace them.
 *
 * Whoever answered a leader refuses its vote (its own included) for an election timeout, whatever
 * terms it hears of meanwhile: the leader's lease counts on it. A node that was restarted may have
 * forgotten such an answer, so it stays silent for an election timeout after its start.
 */
export class LeaderContact {
  leaderId: ReplicaId | null = null;
  /** When a leader was last answered, monotonic ms; never forgotten with the term. Volatile. */
  private heardMs: number | null = null;

  constructor(
    private readonly electionTimeoutMsMin: number,
    private readonly silentUntilMs: number,
  ) {}

  heard(leader: ReplicaId, nowMs: number): void {
    this.leaderId = leader;
    this.heardMs = nowMs;
  }

  boundAt(nowMs: number): boolean {
    if (nowMs < this.silentUntilMs) return true;
    return this.heardMs !== null && nowMs < this.heardMs + this.electionTimeoutMsMin;
  }
}
