import { untilNext, WallInterval } from './wall-interval.js';

describe('WallInterval', () => {
  beforeEach(() => jest.useFakeTimers({ now: 1_000_020 }));
  afterEach(() => jest.useRealTimers());

  it.each([
    [1_000_000, 50],
    [1_000_001, 49],
    [1_000_037, 13],
    [1_000_038, 62],
    // A timer that came early: the next one, not this one again.
    [1_000_049, 51],
  ])('at %i ms, the next multiple of 50 is %i ms away', (wallMs, leftMs) => {
    expect(untilNext(wallMs, 50)).toBe(leftMs);
  });

  it('calls at multiples of the interval, whenever it was begun', () => {
    const calls: number[] = [];
    const interval = new WallInterval(50, () => calls.push(Date.now()));
    jest.advanceTimersByTime(170);
    expect(calls).toEqual([1_000_050, 1_000_100, 1_000_150]);
    interval.stop();
    jest.advanceTimersByTime(200);
    expect(calls).toHaveLength(3);
  });

  it('goes on when the wall clock is set, and finds the multiples again', () => {
    const calls: number[] = [];
    const interval = new WallInterval(50, () => calls.push(Date.now()));
    jest.advanceTimersByTime(30);
    jest.setSystemTime(2_000_033);
    jest.advanceTimersByTime(150);
    expect(calls).toEqual([1_000_050, 2_000_083, 2_000_100, 2_000_150]);
    jest.setSystemTime(990_010);
    jest.advanceTimersByTime(100);
    expect(calls.slice(4)).toEqual([990_027, 990_050, 990_100]);
    interval.stop();
  });

  it('may be stopped by what it calls', () => {
    let calls = 0;
    const interval = new WallInterval(50, () => {
      calls += 1;
      interval.stop();
    });
    jest.advanceTimersByTime(500);
    expect(calls).toBe(1);
  });
});
