import { DueTopics } from './due-topics.js';

describe('DueTopics', () => {
  it('gives the earliest that are due, so many at most, and keeps them', () => {
    const due = new DueTopics();
    expect(due.nextMs).toBeNull();
    for (const [topicId, dueMs] of [
      [5, 10],
      [4, 30],
      [3, 20],
      [2, 20],
      [1, 40],
    ] as const) {
      due.set(topicId, dueMs);
    }
    expect(due.dueBy(9, 9)).toEqual([]);
    expect(due.dueBy(30, 9)).toEqual([2, 3, 4, 5]);
    expect(due.dueBy(30, 2)).toEqual([2, 5]);
    expect(due.dueBy(30, 2)).toEqual([2, 5]);
    due.set(5, 50);
    due.set(2, null);
    expect(due.nextMs).toBe(20);
    expect(due.dueBy(100, 2)).toEqual([3, 4]);
  });
});
