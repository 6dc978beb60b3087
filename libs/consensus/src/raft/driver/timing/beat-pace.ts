/**
 * Which heartbeat intervals are one of so many: the same ones at all nodes, as far as their clocks agree.
 * A clock that stands still or is set costs the company of the others, and nothing else.
 */
export class BeatPace {
  /** The last group of `beats` intervals in which one was due. */
  private period = Number.NEGATIVE_INFINITY;
  private passed = 0;

  /** @param beats of how many intervals one is due. */
  constructor(private readonly beats: number) {}

  /** @param beat the number of the interval, by the wall clock: some do not come, some come again. */
  isDue(beat: number): boolean {
    const period = Math.floor(beat / this.beats);
    this.passed += 1;
    if (period === this.period && this.passed < this.beats) return false;
    this.period = period;
    this.passed = 0;
    return true;
  }
}
