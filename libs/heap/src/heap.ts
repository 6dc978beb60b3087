import { invariant } from '@sinkron/invariant';

/** An item of a {@link Heap}; the heap alone writes `heapIndex`. */
export interface HeapItem {
  /** Position in the heap, -1 while the item is not in it. */
  heapIndex: number;
}

/**
 * A binary min-heap whose items know their positions, so that any can be taken out in O(log n) and
 * leaves nothing behind. An item is in one heap at a time.
 *
 * What `precedes` looks at changes only while the item is not in the heap. Which of two items that
 * precede neither the other comes first depends on how they came into it.
 */
export class Heap<Item extends HeapItem> {
  private readonly items: Item[] = [];

  /** @param precedes whether `one` comes out before `other`: a strict weak order. */
  constructor(private readonly precedes: (one: Item, other: Item) => boolean) {}

  get size(): number {
    return this.items.length;
  }

  /** The item that no other precedes. */
  get first(): Item | undefined {
    return this.items[0];
  }

  add(item: Item): void {
    invariant(item.heapIndex === -1, 'Heap: an item is added once', { heapIndex: item.heapIndex });
    this.items.push(item);
    this.siftUp(item, this.items.length - 1);
  }

  remove(item: Item): void {
    const at = item.heapIndex;
    invariant(this.items[at] === item, 'Heap: a removed item is at its heapIndex', { at });
    const last = this.items.pop();
    item.heapIndex = -1;
    if (last === undefined || last === item) return;
    const parent = this.items[(at - 1) >>> 1];
    if (at > 0 && parent !== undefined && this.precedes(last, parent)) this.siftUp(last, at);
    else this.siftDown(last, at);
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
      if (parent === undefined || !this.precedes(item, parent)) break;
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
      const isRightFirst = right !== undefined && this.precedes(right, left);
      const child = isRightFirst ? right : left;
      if (!this.precedes(child, item)) break;
      this.place(child, at);
      at = isRightFirst ? leftAt + 1 : leftAt;
    }
    this.place(item, at);
  }

  private place(item: Item, at: number): void {
    this.items[at] = item;
    item.heapIndex = at;
  }
}
