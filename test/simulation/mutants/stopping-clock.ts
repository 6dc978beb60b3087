import { MachineClock } from '../world/machine-clock.js';

/** Counts only while its process runs, so a leader that was stopped believes in its lease. */
export class StoppingClock extends MachineClock {
  private stoppedAtUs = 0;
  private stoppedUntilUs = 0;
  private lostUs = 0;

  override paused(untilUs: number): void {
    if (untilUs <= this.stoppedUntilUs) return;
    this.settle();
    if (this.world.nowUs >= this.stoppedUntilUs) this.stoppedAtUs = this.world.nowUs;
    this.stoppedUntilUs = untilUs;
  }

  protected override elapsedMs(us: number): number {
    const { stoppedAtUs, stoppedUntilUs, lostUs } = this;
    const stoppedUs = Math.max(0, Math.min(us, stoppedUntilUs) - stoppedAtUs);
    return super.elapsedMs(us - lostUs - stoppedUs);
  }

  /** Books a stop that has ended. */
  private settle(): void {
    if (this.world.nowUs < this.stoppedUntilUs) return;
    this.lostUs += this.stoppedUntilUs - this.stoppedAtUs;
    this.stoppedAtUs = this.stoppedUntilUs;
  }
}
