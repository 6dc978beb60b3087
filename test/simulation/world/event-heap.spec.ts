import { Prng } from '../random/prng.js';
import { EventHeap } from './event-heap.js';

describe('EventHeap', () => {
  it('gives events by time, and those of one time in the order in which they came', () => {
    const random = new Prng(11);
    const heap = new EventHeap();
    const pushed: [number, number][] = [];
    for (let sequence = 0; sequence < 2000; sequence += 1) {
      const atUs = random.integer(0, 50);
      pushed.push([atUs, sequence]);
      heap.push({ atUs, sequence, run: () => {} });
    }
    const popped: [number, number][] = [];
    for (let event = heap.pop(); event !== undefined; event = heap.pop()) {
      popped.push([event.atUs, event.sequence]);
    }
    expect(popped).toEqual(pushed.toSorted(([a, i], [b, j]) => a - b || i - j));
    expect(heap.size).toBe(0);
  });

  it('takes events between two that it gives', () => {
    const heap = new EventHeap();
    const push = (atUs: number, sequence: number): void =>
      heap.push({ atUs, sequence, run: () => {} });
    push(5, 1);
    push(9, 2);
    expect(heap.pop()?.atUs).toBe(5);
    push(7, 3);
    push(9, 4);
    expect(
      [heap.pop(), heap.pop(), heap.pop(), heap.pop()].map((event) => event?.sequence),
    ).toEqual([3, 2, 4, undefined]);
  });
});
