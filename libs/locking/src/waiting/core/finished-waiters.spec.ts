import { FinishedWaiters } from './finished-waiters.js';

describe('FinishedWaiters', () => {
  it('remembers the last ones, and what may be one of those it forgot', () => {
    const finished = new FinishedWaiters(2);
    for (const id of [5, 3, 9]) finished.add(id);
    expect([3, 5, 9].map((id) => finished.has(id))).toEqual([true, false, true]);
    // 4 was never added, but is below the forgotten 5: nobody can tell.
    expect([3, 4, 5, 6, 9].map((id) => finished.mayHave(id))).toEqual([
      true,
      true,
      true,
      false,
      true,
    ]);
  });

  it('does not forget that it has forgotten a larger one', () => {
    const finished = new FinishedWaiters(1);
    for (const id of [8, 2, 3]) finished.add(id);
    expect([7, 8, 9].map((id) => finished.mayHave(id))).toEqual([true, true, false]);
  });
});
