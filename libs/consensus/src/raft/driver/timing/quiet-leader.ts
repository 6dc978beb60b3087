import { BeatPace } from './beat-pace.js';
import { QUIET_AFTER_TICKS, QUIET_HEARTBEAT_TICKS } from '../limits.js';

/**
 * Leaves out heartbeats of a leader that has nothing to say, so that many idle groups cost little: each
 * heartbeat wakes two processes. All leaders of all nodes leave the same ones out, as far as the nodes' clocks
 * agree: what is left shares frames and wake-ups.
 *
 * Followers wait for ten heartbeats at least, and the lease is good for nine: one in four is enough for both.
 * A leader that is not answered, or has anything to do, goes on with every heartbeat.
 */
export class QuietLeader {
  private lastIndex = 0;
  private quietTicks = 0;
  private readonly pace = new BeatPace(QUIET_HEARTBEAT_TICKS);
  /** As of the tick before the last. */
  private wasAsleep = false;

  /**
   * Whether heartbeats are left out, or were until the last tick, so that a majority may have been silent for
   * too long just by that.
   */
  get asleep(): boolean {
    return this.wasAsleep || this.leavesOut;
  }

  private get leavesOut(): boolean {
    return this.quietTicks > QUIET_AFTER_TICKS;
  }

  /**
   * @param beat the number of the heartbeat interval; not each comes, and a clock that is set repeats some.
   * @param lastIndex of the log: who has appended anything since the last tick is not quiet.
   * @returns whether the heartbeat of this tick is left out.
   */
  skips(beat: number, quiet: boolean, lastIndex: number): boolean {
    this.wasAsleep = this.leavesOut;
    this.quietTicks = quiet && lastIndex === this.lastIndex ? this.quietTicks + 1 : 0;
    this.lastIndex = lastIndex;
    const isDue = this.pace.isDue(beat);
    return this.leavesOut && !isDue;
  }
}
