import { Heap } from '@sinkron/heap';
import { invariant } from '@sinkron/invariant';
import type { CursorWindows } from './cursor-windows.js';
import { isDueBefore, type Delivery, type Entry } from './delivery.js';

/** What is held of a group while it is used: all of it is on the disk, too. */
export class GroupMemory {
  private readonly deliveries = new Map<number, Delivery>();
  private readonly entries = new Map<number, Entry>();
  private readonly consumerCounts = new Map<string, number>();
  private readonly due = new Heap<Delivery>(isDueBefore);
  /** What the shard was told of the windows, and of what is in flight. */
  windowsCounted = 0;
  entriesCounted = 0;

  constructor(readonly windows: CursorWindows) {}

  delivery(id: number): Delivery | undefined {
    return this.deliveries.get(id);
  }

  /** The message, if it is in flight. */
  entry(sequence: number): Entry | undefined {
    return this.entries.get(sequence);
  }

  /** How many are in flight. */
  get count(): number {
    return this.entries.size;
  }

  /** In no order. */
  get inFlight(): IterableIterator<Entry> {
    return this.entries.values();
  }

  /** Names of those who have messages in flight, in no order. */
  get consumers(): IterableIterator<string> {
    return this.consumerCounts.keys();
  }

  /** The delivery with the least due time, and then the least id. */
  get earliest(): Delivery | undefined {
    return this.due.first;
  }

  add(delivery: Delivery): void {
    this.deliveries.set(delivery.id, delivery);
    for (const entry of delivery.entries) {
      invariant(!this.entries.has(entry.sequence), 'GroupMemory: a message is in flight once', {
        sequence: entry.sequence,
      });
      this.entries.set(entry.sequence, entry);
    }
    this.due.add(delivery);
    this.countConsumer(delivery, delivery.entries.length);
  }

  /** The entry is in flight no more. {@link rewritten} must be called for its delivery in the end. */
  end(entry: Entry): void {
    invariant(entry.inFlight, 'GroupMemory: what ends is in flight', { sequence: entry.sequence });
    entry.inFlight = false;
    this.entries.delete(entry.sequence);
    this.countConsumer(entry.delivery, -1);
  }

  /** After entries of the delivery have ended or have another time: it is due when the next of them is. */
  reschedule(delivery: Delivery): void {
    if (delivery.heapIndex !== -1) this.due.remove(delivery);
    delivery.setDue();
    if (Number.isFinite(delivery.dueMs)) this.due.add(delivery);
  }

  /** Like {@link reschedule}, and forgets those that have ended. @returns whether any are left. */
  rewritten(delivery: Delivery): boolean {
    delivery.entries = delivery.entries.filter(({ inFlight }) => inFlight);
    this.reschedule(delivery);
    if (delivery.entries.length > 0) return true;
    this.deliveries.delete(delivery.id);
    return false;
  }

  private countConsumer({ consumer }: Delivery, change: number): void {
    if (consumer === null) return;
    const count = (this.consumerCounts.get(consumer) ?? 0) + change;
    if (count === 0) this.consumerCounts.delete(consumer);
    else this.consumerCounts.set(consumer, count);
  }
}
