import { QUIET_AFTER_TICKS, QUIET_HEARTBEAT_TICKS } from './limits.js';

/**
 * Leaves out heartbeats of a leader that has nothing to say, so that many idle groups cost little: each
 * heartbeat wakes two processes. Of those of one node the same are left out, so that what is left shares frames.
 *
 * Followers wait for ten heartbeats at least, and the lease is good for nine: one in three is enough for both.
 * A leader that is not answered, or has anything to do, goes on with every heartbeat.
 */
export class QuietLeader {
  private lastIndex = 0;
  private quietTicks = 0;

  /** Whether heartbeats are left out, so that a majority may have been silent for too long just by that. */
  get asleep(): boolean {
    return this.quietTicks > QUIET_AFTER_TICKS;
  }

  /**
   * @param tick the node's heartbeats so far.
   * @param lastIndex of the log: who has appended anything since the last tick is not quiet.
   * @returns whether the heartbeat of this tick is left out.
   */
  skips(tick: number, quiet: boolean, lastIndex: number): boolean {
    this.quietTicks = quiet && lastIndex === this.lastIndex ? this.quietTicks + 1 : 0;
    this.lastIndex = lastIndex;
    return this.asleep && tick % QUIET_HEARTBEAT_TICKS !== 0;
  }
}
