/** Something that is due at a time; it knows its place in the heap, -1 outside. */
export interface Due {
  dueMs: number;
  heapIndex: number;
}

/** A binary min-heap by time from which anything can be taken out in O(log n). */
export class DeadlineHeap<Item extends Due> {
  private readonly items: Item[] = [];

  earliest(): Item | undefined {
    return this.items[0];
  }

  /** Adds an item, or moves it to another time. */
  schedule(item: Item, dueMs: number): void {
    this.remove(item);
    item.dueMs = dueMs;
    this.items.push(item);
    this.siftUp(item, this.items.length - 1);
  }

  /** Takes an item out, if it is in. */
  remove(item: Item): void {
    const at = item.heapIndex;
    if (at === -1) return;
    item.heapIndex = -1;
    const last = this.items.pop();
    if (last === undefined || last === item) return;
    const parent = this.items[(at - 1) >>> 1];
    if (at > 0 && parent !== undefined && last.dueMs < parent.dueMs) this.siftUp(last, at);
    else this.siftDown(last, at);
  }

  private siftUp(item: Item, from: number): void {
    let at = from;
    while (at > 0) {
      const parentAt = (at - 1) >>> 1;
      const parent = this.items[parentAt];
      if (parent === undefined || parent.dueMs <= item.dueMs) break;
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
      const isRightLess = right !== undefined && right.dueMs < left.dueMs;
      const child = isRightLess ? right : left;
      if (child.dueMs >= item.dueMs) break;
      this.place(child, at);
      at = isRightLess ? leftAt + 1 : leftAt;
    }
    this.place(item, at);
  }

  private place(item: Item, at: number): void {
    this.items[at] = item;
    item.heapIndex = at;
  }
}
