import type { DeliveryReceipts } from '../core/commands/topic-command.js';

type DeliveryIds = Omit<DeliveryReceipts, 'sequences'>;
type Listener = (sequences: readonly number[]) => void;

/** Tells the streams of this node which of their messages were acknowledged here. */
export class SettledDeliveries {
  private readonly listeners = new Map<string, Listener>();

  /** Hears of one delivery. @returns how to stop it. */
  listen(topic: string, delivery: DeliveryIds, listener: Listener): () => void {
    const key = keyOf(topic, delivery);
    this.listeners.set(key, listener);
    return () => this.listeners.delete(key);
  }

  /** These are in flight no longer. */
  settled(topic: string, deliveries: readonly DeliveryReceipts[]): void {
    if (this.listeners.size === 0) return;
    for (const delivery of deliveries) {
      this.listeners.get(keyOf(topic, delivery))?.(delivery.sequences);
    }
  }
}

function keyOf(topic: string, { topicId, groupId, deliveryId }: DeliveryIds): string {
  return `${topicId} ${groupId} ${deliveryId} ${topic}`;
}
