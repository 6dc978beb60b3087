import {
  KEEP_ALIVE_GATHER_MS,
  KEEP_ALIVE_PAUSE_MS,
  KEEP_ALIVES_PER_SECOND_MANY,
} from './limits.js';

const MS_PER_SECOND = 1_000;

/** What it needs of the world. */
export interface TurnTimers {
  /** Milliseconds of Unix time. */
  nowMs(): number;
  /** Calls back after so many milliseconds, once. */
  after(delayMs: number, callback: () => void): void;
}

/**
 * Where many keep-alives come, lets those of an interval go on in the same turn of the event loop.
 *
 * What requests do in one turn leaves in one frame, is handled by the leader in one turn and answered
 * in one frame: hundreds a second that come one by one cost more by waking processes up than by all the
 * rest. A connection that sends one right after another goes on at once. Intervals are those of the wall
 * clock, at which nodes tick: they wake one another together.
 */
export class GatheredTurns {
  private second = 0;
  /** In this second. */
  private count = 0;
  private manyBefore = false;
  private gathering: Promise<void> | null = null;
  /** When a connection has sent its last one. */
  private readonly sentAtMs = new WeakMap<object, number>();

  constructor(private readonly timers: TurnTimers) {}

  /** One more has come, over this connection. @returns what it has to wait for; null: nothing. */
  turn(connection: object): Promise<void> | null {
    const nowMs = this.timers.nowMs();
    this.countAt(Math.floor(nowMs / MS_PER_SECOND));
    const sinceMs = Math.abs(nowMs - (this.sentAtMs.get(connection) ?? 0));
    this.sentAtMs.set(connection, nowMs);
    if (!this.manyBefore && this.count < KEEP_ALIVES_PER_SECOND_MANY) return null;
    if (sinceMs < KEEP_ALIVE_PAUSE_MS) return null;
    this.gathering ??= new Promise((resolve) => {
      this.timers.after(KEEP_ALIVE_GATHER_MS - (nowMs % KEEP_ALIVE_GATHER_MS), () => {
        this.gathering = null;
        resolve();
      });
    });
    return this.gathering;
  }

  private countAt(second: number): void {
    if (second !== this.second) {
      const follows = second === this.second + 1;
      this.manyBefore = follows && this.count >= KEEP_ALIVES_PER_SECOND_MANY;
      this.second = second;
      this.count = 0;
    }
    this.count += 1;
  }
}
