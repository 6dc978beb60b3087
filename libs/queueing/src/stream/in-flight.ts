import type { DeliveryReceipts } from '../core/commands/topic-command.js';
import type { PendingPage } from '../core/commands/topic-query.js';
import type { SettledDeliveries } from '../service/settled-deliveries.js';
import type { Delivery } from '../waiting/receiver.js';

interface Tracked {
  readonly topicId: number;
  readonly groupId: number;
  readonly deliveryId: number;
  readonly sequences: Set<number>;
  readonly forget: () => void;
}

/** What a look finds in flight, whoever has it. */
export class SeenInFlight {
  /** By sequence: each is in flight once. */
  private readonly deliveries = new Map<number, string>();

  add({ groupId, pending }: Pick<PendingPage, 'groupId' | 'pending'>): void {
    for (const { sequence, deliveryId } of pending) {
      this.deliveries.set(sequence, `${groupId} ${deliveryId}`);
    }
  }

  has({ groupId, deliveryId }: Pick<Tracked, 'groupId' | 'deliveryId'>, sequence: number): boolean {
    return this.deliveries.get(sequence) === `${groupId} ${deliveryId}`;
  }
}

/** The messages of one stream that are not acknowledged, as far as this node knows. */
export class InFlight {
  private readonly deliveries = new Set<Tracked>();
  private count = 0;
  private freed: (() => void) | undefined;

  constructor(
    private readonly topic: string,
    private readonly settled: SettledDeliveries,
  ) {}

  get size(): number {
    return this.count;
  }

  add(delivery: Delivery): void {
    const { topicId, groupId, deliveryId, messages } = delivery;
    const sequences = new Set(messages.map(({ sequence }) => sequence));
    const forget = this.settled.listen(this.topic, delivery, (gone) => {
      for (const sequence of gone) this.remove(tracked, sequence);
    });
    const tracked: Tracked = { topicId, groupId, deliveryId, sequences, forget };
    this.deliveries.add(tracked);
    this.count += sequences.size;
  }

  /**
   * Keeps only messages that are in flight still, under the delivery that this stream had.
   *
   * @param upTo last sequence that was looked at; null: all were.
   */
  keep(seen: SeenInFlight, upTo: number | null): void {
    for (const tracked of this.deliveries) {
      for (const sequence of tracked.sequences) {
        const wasSeen = upTo === null || sequence <= upTo;
        if (wasSeen && !seen.has(tracked, sequence)) this.remove(tracked, sequence);
      }
    }
  }

  /** Calls back at the next message that is no longer in flight, once. */
  onceFreed(listener: () => void): void {
    this.freed = listener;
  }

  /** Forgets all. @returns their receipts. */
  takeAll(): readonly DeliveryReceipts[] {
    const receipts: DeliveryReceipts[] = [];
    for (const { topicId, groupId, deliveryId, sequences, forget } of this.deliveries) {
      forget();
      receipts.push({ topicId, groupId, deliveryId, sequences: [...sequences] });
    }
    this.deliveries.clear();
    this.count = 0;
    return receipts;
  }

  private remove(tracked: Tracked, sequence: number): void {
    if (!tracked.sequences.delete(sequence)) return;
    this.count -= 1;
    if (tracked.sequences.size === 0) {
      tracked.forget();
      this.deliveries.delete(tracked);
    }
    const { freed } = this;
    this.freed = undefined;
    freed?.();
  }
}
