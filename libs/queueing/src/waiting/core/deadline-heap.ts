import { Heap, type HeapItem } from '@sinkron/heap';

/** Something that is due at a time. */
export interface Due extends HeapItem {
  dueMs: number;
}

/** A heap by time that moves what is in it, and lets go of what is not. */
export class DeadlineHeap<Item extends Due> {
  private readonly heap = new Heap<Item>(isDueBefore);

  earliest(): Item | undefined {
    return this.heap.first;
  }

  /** Adds an item, or moves it to another time. */
  schedule(item: Item, dueMs: number): void {
    this.remove(item);
    item.dueMs = dueMs;
    this.heap.add(item);
  }

  /** Takes an item out, if it is in. */
  remove(item: Item): void {
    if (item.heapIndex !== -1) this.heap.remove(item);
  }
}

function isDueBefore(one: Due, other: Due): boolean {
  return one.dueMs < other.dueMs;
}
