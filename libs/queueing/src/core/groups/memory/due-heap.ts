import { invariant } from '@sinkron/invariant';
import type { Delivery } from './delivery.js';

/**
 * A binary min-heap of deliveries by (due, id): the order is the same however they came into it. They
 * know their places, so that any can be taken out in O(log n).
 */
export class DueHeap {
  private readonly items: Delivery[] = [];

  earliest(): Delivery | undefined {
    return this.items[0];
  }

  add(delivery: Delivery): void {
    invariant(delivery.heapIndex === -1, 'DueHeap: a delivery is added once', { id: delivery.id });
    this.items.push(delivery);
    this.siftUp(delivery, this.items.length - 1);
  }

  remove(delivery: Delivery): void {
    const at = delivery.heapIndex;
    invariant(this.items[at] === delivery, 'DueHeap: a delivery is at its place', { at });
    const last = this.items.pop();
    delivery.heapIndex = -1;
    if (last === undefined || last === delivery) return;
    const parent = this.items[(at - 1) >>> 1];
    if (at > 0 && parent !== undefined && precedes(last, parent)) this.siftUp(last, at);
    else this.siftDown(last, at);
  }

  private siftUp(delivery: Delivery, from: number): void {
    let at = from;
    while (at > 0) {
      const parentAt = (at - 1) >>> 1;
      const parent = this.items[parentAt];
      if (parent === undefined || !precedes(delivery, parent)) break;
      this.place(parent, at);
      at = parentAt;
    }
    this.place(delivery, at);
  }

  private siftDown(delivery: Delivery, from: number): void {
    let at = from;
    for (;;) {
      const leftAt = 2 * at + 1;
      const left = this.items[leftAt];
      if (left === undefined) break;
      const right = this.items[leftAt + 1];
      const rightIsLess = right !== undefined && precedes(right, left);
      const child = rightIsLess ? right : left;
      if (!precedes(child, delivery)) break;
      this.place(child, at);
      at = rightIsLess ? leftAt + 1 : leftAt;
    }
    this.place(delivery, at);
  }

  private place(delivery: Delivery, at: number): void {
    this.items[at] = delivery;
    delivery.heapIndex = at;
  }
}

function precedes(one: Delivery, other: Delivery): boolean {
  return one.dueMs < other.dueMs || (one.dueMs === other.dueMs && one.id < other.id);
}
