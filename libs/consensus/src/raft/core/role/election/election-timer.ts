import { ELECTION_TICKS_MAX, ELECTION_TICKS_MIN } from '../../limits.js';

/** A source of randomness owned by the driver; the simulator seeds it. */
export interface Random {
  /** A uniform integer in [from, toExclusive). */
  integer(from: number, toExclusive: number): number;
}

/** Counts ticks to a randomised timeout (Raft §5.2), so that split votes are rare. */
export class ElectionTimer {
  private elapsedTicks = 0;
  private timeoutTicks: number;

  constructor(private readonly random: Random) {
    this.timeoutTicks = this.draw();
  }

  /** Whether the timeout passes at the next tick. */
  get expiring(): boolean {
    return this.elapsedTicks + 1 >= this.timeoutTicks;
  }

  /** @returns whether the timeout has passed. */
  tick(): boolean {
    this.elapsedTicks += 1;
    return this.elapsedTicks >= this.timeoutTicks;
  }

  /** The leader was heard, or a vote was granted. */
  restart(): void {
    this.elapsedTicks = 0;
  }

  /** The role changed: waits anew, for another random time. */
  redraw(): void {
    this.elapsedTicks = 0;
    this.timeoutTicks = this.draw();
  }

  private draw(): number {
    return this.random.integer(ELECTION_TICKS_MIN, ELECTION_TICKS_MAX);
  }
}
