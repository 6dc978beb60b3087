import { acquire, acquireAll, cancel, release } from '../../../testing/lock-commands.js';
import { TableUnderTest } from '../testing/table-under-test.js';
import type { Place } from './place.js';

const WAITERS = 10_000;
const X = { mode: 'exclusive', wait: true } as const;
const S = { mode: 'shared', wait: true } as const;

/** Counts the steps from place to place, whatever takes them. */
class StepCounter {
  private steps = 0;

  watch(place: Place): void {
    for (const link of ['next', 'previous'] as const) {
      let linked = place[link];
      Object.defineProperty(place, link, {
        get: () => {
          this.steps += 1;
          return linked;
        },
        set: (to: Place | null) => {
          linked = to;
        },
      });
    }
  }

  of(action: () => unknown): number {
    const before = this.steps;
    action();
    return this.steps - before;
  }
}

/** A lock that `holder` holds exclusively and `count` others wait for, every place watched. */
function crowded(count: number, options: typeof X | typeof S) {
  const run = new TableUnderTest();
  const counter = new StepCounter();
  const token = run.token(acquire('a', 'holder'));
  for (let at = 0; at < count; at += 1) {
    const waiter = run.table.waiter(run.waits(acquire('a', `${at}`, options)));
    for (const place of waiter?.places ?? []) counter.watch(place);
  }
  return { run, counter, token };
}

describe('10,000 waiters on one lock', () => {
  it('joining, being granted, and leaving from the middle take a few steps each', () => {
    const { run, counter, token } = crowded(WAITERS, X);
    expect(counter.of(() => run.waits(acquire('a', 'late', X)))).toBeLessThan(20);
    expect(counter.of(() => run.result(acquire('a', 'trying')))).toBeLessThan(20);
    expect(counter.of(() => run.result(cancel(WAITERS / 2)))).toBeLessThan(20);
    expect(counter.of(() => run.result(release('a', 'holder', token)))).toBeLessThan(20);
    expect(run.holders('a')).toEqual(['0:exclusive']);
    const all = counter.of(() => {
      for (let at = 0; at < 1_000; at += 1) run.apply(release('a', `${at}`, token + 1 + at));
    });
    expect(all).toBeLessThan(20 * 1_000);
    expect(run.holders('a')).toEqual(['1000:exclusive']);
  });

  it('a second request of one in the middle finds its place without walking there', () => {
    const { run, counter } = crowded(WAITERS, X);
    expect(counter.of(() => run.result(acquire('a', '5000')))).toBeLessThan(20);
    // One that waits is searched for a deadlock: one step for each who waits before it.
    expect(counter.of(() => run.waits(acquire('a', '5000', X)))).toBeLessThan(5_000 + 20);
  });

  it('readers are granted together in as many steps as they are', () => {
    const { run, counter, token } = crowded(400, S);
    const steps = counter.of(() => run.result(release('a', 'holder', token)));
    expect(run.table.lock('a')?.holderCount).toBe(400);
    expect(steps).toBeLessThan(20 * 400);
  });

  it('a multi-lock that is blocked elsewhere costs each release one look', () => {
    const { run, counter, token } = crowded(10, X);
    run.apply(acquire('b', 'other'));
    const multi = acquireAll(
      [
        { name: 'a', mode: 'exclusive' },
        { name: 'b', mode: 'exclusive' },
      ],
      'multi',
      { wait: true },
    );
    for (const place of run.table.waiter(run.waits(multi))?.places ?? []) counter.watch(place);
    expect(counter.of(() => run.result(release('a', 'holder', token)))).toBeLessThan(20);
  });
});
