import { Prng } from '../../simulation/random/prng.js';
import { describeFault } from './fault.js';
import { drawSchedule, type Schedule } from './schedule.js';

describe('drawSchedule', () => {
  const MINUTES = 60_000;

  function draw(seed: number, minutes: number, disks = true): Schedule {
    const lengthMs = minutes * MINUTES;
    return drawSchedule(new Prng(seed), { lengthMs, failingDisks: disks, smallDisk: disks });
  }

  function kinds(schedule: Schedule): ReadonlySet<string> {
    return new Set(
      Object.values(schedule)
        .flat()
        .map(({ fault }) => describeFault(fault)),
    );
  }

  it('is the same for the same seed, and another one for another', () => {
    expect(draw(42, 2)).toEqual(draw(42, 2));
    expect(draw(43, 2)).not.toEqual(draw(42, 2));
  });

  it('has every fault within ten minutes', () => {
    const all = kinds(draw(1, 120));
    expect(kinds(draw(7, 10))).toEqual(all);
    expect(all.size).toBe(37);
  });

  it('leaves faults of disks out where they cannot be had', () => {
    expect(
      [...kinds(draw(1, 120, false))].filter((text) => /slow disk|disk full|fsync/.test(text)),
    ).toEqual([]);
  });

  it('keeps the faults of a track apart, and all within the time', () => {
    const schedule = draw(3, 5);
    for (const steps of Object.values(schedule)) {
      expect(steps.length).toBeGreaterThan(20);
      for (const [place, { atMs, durationMs }] of steps.entries()) {
        const next = steps[place + 1]?.atMs ?? 5 * MINUTES;
        expect(atMs + durationMs).toBeLessThanOrEqual(next);
      }
    }
  });
});
