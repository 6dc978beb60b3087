import type { LogIndex } from '../identifiers.js';
import { FAREWELL_TICKS_MAX } from '../limits.js';

/**
 * How a replica hears that it was removed: its leader goes on with it for a while, so that it need
 * not find out by campaigning in vain. It may miss that all the same.
 */
export class Farewell {
  private ticksLeft = FAREWELL_TICKS_MAX;
  /** Whoever answers this round was told: the removal was committed when it was sent. */
  private lastRound: number | null = null;

  /** @param removedBy where the configuration stands that has to be committed there. */
  constructor(private readonly removedBy: LogIndex) {}

  /** It was sent the commit index with heartbeat `round`; later rounds tell it once more. */
  told(commitIndex: LogIndex, round: number): void {
    if (this.lastRound === null && commitIndex >= this.removedBy) this.lastRound = round + 1;
  }

  /** One heartbeat. @param answeredRound the latest one that it has answered. @returns the end. */
  tick(answeredRound: number): boolean {
    this.ticksLeft -= 1;
    return this.ticksLeft <= 0 || (this.lastRound !== null && answeredRound >= this.lastRound);
  }
}
