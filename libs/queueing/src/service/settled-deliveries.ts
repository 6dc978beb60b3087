import type { DeliveryReceipts } from '../core/commands/topic-command.js';

type Listener = (sequences: readonly number[]) => void;

/** Tells the streams of this node which of their messages were acknowledged here. */
export class SettledDeliveries {
  private readonly listeners = new Map<string, Listener>();

  /** Hears of one delivery. @returns how to stop it. */
  listen(delivery: Omit<DeliveryReceipts, 'sequences'>, listener: Listener): () => void {
    const key = keyOf(delivery);
    this.listeners.set(key, listener);
    return () => this.listeners.delete(key);
  }

  /** These are in flight no longer. */
  settled(deliveries: readonly DeliveryReceipts[]): void {
    if (this.listeners.size === 0) return;
    for (const delivery of deliveries) {
      this.listeners.get(keyOf(delivery))?.(delivery.sequences);
    }
  }
}

function keyOf({ topicId, groupId, deliveryId }: Omit<DeliveryReceipts, 'sequences'>): string {
  return `${topicId} ${groupId} ${deliveryId}`;
}
