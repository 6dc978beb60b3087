import { QUIET_AFTER_TICKS, QUIET_HEARTBEAT_TICKS } from '../limits.js';
import { QuietLeader } from './quiet-leader.js';

describe('QuietLeader', () => {
  it('leaves three of four heartbeats out when it has been quiet for a while, the same for all', () => {
    const [one, other] = [new QuietLeader(), new QuietLeader()];
    const skipped: number[] = [];
    for (let tick = 1; tick <= QUIET_AFTER_TICKS + 6; tick += 1) {
      const skips = one.skips(tick, true, 7);
      if (skips) skipped.push(tick - QUIET_AFTER_TICKS);
      // It became quiet some ticks later.
      if (tick > 3) {
        const later = other.skips(tick, true, 9);
        if (later) expect(skips).toBe(true);
      }
    }
    expect([skipped.length, one.asleep]).toEqual([4, true]);
    for (const tick of skipped)
      expect((tick + QUIET_AFTER_TICKS) % QUIET_HEARTBEAT_TICKS).not.toBe(0);
  });

  it.each<readonly [string, boolean, number]>([
    ['is not quiet', false, 7],
    ['has appended something', true, 8],
  ])('leaves none out from the tick on at which it %s', (_what, quiet, lastIndex) => {
    const leader = new QuietLeader();
    for (let tick = 1; tick < 3 * QUIET_AFTER_TICKS; tick += 1) leader.skips(tick, true, 7);
    for (let count = 0; count < QUIET_AFTER_TICKS; count += 1) {
      const [isQuiet, last] = count === 0 ? [quiet, lastIndex] : [true, lastIndex];
      // What was proposed meanwhile may wait until the answers to this heartbeat have come.
      expect([leader.skips(1, isQuiet, last), leader.asleep]).toEqual([false, count === 0]);
    }
  });
});
