import { invariant } from '@sinkron/invariant';

/** An item of a {@link DeadlineHeap}; the heap alone writes `heapIndex`. */
export interface Deadlined {
  /** Monotonic milliseconds. Changed only while the item is not in the heap. */
  deadlineMs: number;
  /** Position in the heap, -1 while it is not there. */
  heapIndex: number;
}

/**
 * A binary min-heap by deadline whose items know their position, so that any can be taken out in
 * O(log n): ended leases leave nothing behind, however far their deadline was.
 */
export class DeadlineHeap<Item extends Deadlined> {
  private readonly items: Item[] = [];

  get size(): number {
    return this.items.length;
  }

  earliest(): Item | undefined {
    return this.items[0];
  }

  add(item: Item): void {
    invariant(item.heapIndex === -1, 'DeadlineHeap: an item is added once', {
      heapIndex: item.heapIndex,
    });
    this.items.push(item);
    this.siftUp(item, this.items.length - 1);
  }

  remove(item: Item): void {
    const at = item.heapIndex;
    invariant(this.items[at] === item, 'DeadlineHeap: a removed item is at its heapIndex', { at });
    const last = this.items.pop();
    item.heapIndex = -1;
    if (last === undefined || last === item) return;
    const parent = this.items[(at - 1) >>> 1];
    if (at > 0 && parent !== undefined && last.deadlineMs < parent.deadlineMs) {
      this.siftUp(last, at);
    } else {
      this.siftDown(last, at);
    }
  }

  clear(): void {
    for (const item of this.items) item.heapIndex = -1;
    this.items.length = 0;
  }

  private siftUp(item: Item, from: number): void {
    let at = from;
    while (at > 0) {
      const parentAt = (at - 1) >>> 1;
      const parent = this.items[parentAt];
      if (parent === undefined || parent.deadlineMs <= item.deadlineMs) break;
      this.place(parent, at);
      at = parentAt;
    }
    this.place(item, at);
  }

  private siftDown(item: Item, from: number): void {
    let at = from;
    for (;;) {
      const leftAt = 2 * at + 1;
      const left = this.items[leftAt];
      if (left === undefined) break;
      const right = this.items[leftAt + 1];
      const rightIsLess = right !== undefined && right.deadlineMs < left.deadlineMs;
      const child = rightIsLess ? right : left;
      if (child.deadlineMs >= item.deadlineMs) break;
      this.place(child, at);
      at = rightIsLess ? leftAt + 1 : leftAt;
    }
    this.place(item, at);
  }

  private place(item: Item, at: number): void {
    this.items[at] = item;
    item.heapIndex = at;
  }
}
