import { LogClock } from './log-clock.js';

const at = (monotonicMs: number) => ({ monotonicMs, wallMs: 0 });

describe('LogClock', () => {
  it('takes the wall time of the majority when that is ahead', () => {
    const clock = new LogClock(1000, at(0));
    expect(clock.stamp(at(10), 5000)).toBe(5000);
    expect(clock.stamp(at(10), 5001)).toBe(5001);
  });

  it('goes on with the monotonic time when the majority is behind', () => {
    const clock = new LogClock(1000, at(70));
    expect(clock.stamp(at(80), 0)).toBe(1010);
    expect(clock.stamp(at(80), 0)).toBe(1010);
    expect(clock.stamp(at(95), 900)).toBe(1025);
  });

  it('never goes back, even should the monotonic clock', () => {
    const clock = new LogClock(1000, at(70));
    expect(clock.stamp(at(80), 0)).toBe(1010);
    expect(clock.stamp(at(75), 0)).toBe(1010);
    expect(clock.stamp(at(90), 0)).toBe(1020);
  });

  it('counts monotonic time from the latest stamp of either kind', () => {
    const clock = new LogClock(0, at(0));
    expect(clock.stamp(at(100), 9000)).toBe(9000);
    expect(clock.stamp(at(150), 9020)).toBe(9050);
    expect(clock.stamp(at(160), 9055)).toBe(9060);
  });

  it('adds up the fractions of short intervals', () => {
    const clock = new LogClock(0, at(0));
    const stamps = [0.9, 1.8, 2.7, 3.6, 4.5].map((nowMs) => clock.stamp(at(nowMs), 0));
    expect(stamps).toEqual([0, 1, 2, 3, 4]);
  });
});
