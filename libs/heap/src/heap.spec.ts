import fc from 'fast-check';
import { InvariantViolation } from '@sinkron/invariant';
import { Heap, type HeapItem } from './heap.js';

interface Task extends HeapItem {
  readonly id: number;
  dueMs: number;
}

const TASKS = 40;

/** What is done to which task; `dueMs` is its time if it is added. */
const step = fc.record({
  act: fc.constantFrom('toggle' as const, 'toggle' as const, 'take first' as const),
  id: fc.nat(TASKS - 1),
  dueMs: fc.nat(9),
});

function precedes(one: Task, other: Task): boolean {
  return one.dueMs < other.dueMs || (one.dueMs === other.dueMs && one.id < other.id);
}

function newTasks(): Task[] {
  return Array.from({ length: TASKS }, (_, id) => ({ id, dueMs: 0, heapIndex: -1 }));
}

describe('Heap', () => {
  it('has the items of a sorted array, whatever goes in and out', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const heap = new Heap<Task>(precedes);
        const tasks = newTasks();
        let sorted: Task[] = [];
        for (const { act, id, dueMs } of steps) {
          const task = act === 'take first' ? sorted[0] : tasks[id];
          if (task === undefined) continue;
          if (sorted.includes(task)) {
            heap.remove(task);
            sorted = sorted.filter((other) => other !== task);
          } else {
            task.dueMs = dueMs;
            heap.add(task);
            sorted = [...sorted, task].sort((one, other) => (precedes(one, other) ? -1 : 1));
          }
          expect(heap.first).toBe(sorted[0]);
          expect(heap.size).toBe(sorted.length);
          expect(new Set(sorted.map(({ heapIndex }) => heapIndex))).toEqual(new Set(sorted.keys()));
        }
        const out: Task[] = [];
        for (let { first } = heap; first !== undefined; { first } = heap) {
          heap.remove(first);
          out.push(first);
        }
        expect(out).toEqual(sorted);
        expect(tasks.every(({ heapIndex }) => heapIndex === -1)).toBe(true);
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  it('gives its items back when it is cleared', () => {
    const heap = new Heap<Task>(precedes);
    const tasks = newTasks();
    for (const task of tasks) heap.add(task);
    heap.clear();
    expect(heap.size).toBe(0);
    expect(heap.first).toBeUndefined();
    for (const task of tasks) heap.add(task);
    expect(heap.first).toBe(tasks[0]);
  });

  it('is broken by an item that is added twice, or taken out though it is not there', () => {
    const heap = new Heap<Task>(precedes);
    const [one, other] = newTasks();
    if (one === undefined || other === undefined) throw new Error('there are two tasks');
    heap.add(one);
    expect(() => {
      heap.add(one);
    }).toThrow(InvariantViolation);
    expect(() => {
      heap.remove(other);
    }).toThrow(InvariantViolation);
    expect(heap.first).toBe(one);
    expect(heap.size).toBe(1);
  });
});
