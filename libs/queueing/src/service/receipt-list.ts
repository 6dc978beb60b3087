import { validationFailed, type FieldError } from '@sinkron/http';
import type { DeliveryReceipts } from '../core/commands/topic-command.js';
import { readReceipt, type Receipt } from '../core/message/receipt.js';

/** The receipts of one request, by deliveries. */
export interface ReceiptList {
  readonly deliveries: readonly DeliveryReceipts[];
  /** Of each receipt of the request, in its order: its place in the command. */
  readonly places: readonly number[];
}

interface Delivery extends DeliveryReceipts {
  readonly sequences: number[];
  /** Sequence to index in the request of the first receipt that names it. */
  readonly firstAt: Map<number, number>;
}

/**
 * Reads receipts; one that comes twice is sent once.
 *
 * @throws ProblemError `VALIDATION_FAILED` with each that nobody ever gave.
 */
export function receiptList(texts: readonly unknown[]): ReceiptList {
  const deliveries = new Map<string, Delivery>();
  const errors: FieldError[] = [];
  /** Index of the first receipt of the request that is the same. */
  const sameAs: number[] = [];
  /** Of the receipt before: most come with others of their delivery. */
  let delivery: Delivery | undefined;
  for (const [index, text] of texts.entries()) {
    const receipt = typeof text === 'string' ? readReceipt(text) : undefined;
    if (receipt === undefined) {
      errors.push({ field: `receipts[${index}]`, message: 'must be the receipt of a delivery' });
      continue;
    }
    const { topicId, groupId, deliveryId, sequence } = receipt;
    if (!isOf(delivery, receipt)) {
      const key = `${topicId} ${groupId} ${deliveryId}`;
      delivery = deliveries.get(key);
      if (delivery === undefined) {
        delivery = { topicId, groupId, deliveryId, sequences: [], firstAt: new Map() };
        deliveries.set(key, delivery);
      }
    }
    const first = delivery.firstAt.get(sequence);
    if (first === undefined) {
      delivery.firstAt.set(sequence, index);
      delivery.sequences.push(sequence);
    }
    sameAs.push(first ?? index);
  }
  if (errors.length > 0) throw validationFailed(errors);
  const placeOf = new Map<number, number>();
  for (const { firstAt } of deliveries.values()) {
    for (const index of firstAt.values()) placeOf.set(index, placeOf.size);
  }
  return {
    deliveries: [...deliveries.values()].map(({ topicId, groupId, deliveryId, sequences }) => ({
      topicId,
      groupId,
      deliveryId,
      sequences,
    })),
    places: sameAs.map((index) => placeOf.get(index) ?? 0),
  };
}

function isOf(delivery: Delivery | undefined, receipt: Receipt): delivery is Delivery {
  return (
    delivery !== undefined &&
    delivery.deliveryId === receipt.deliveryId &&
    delivery.groupId === receipt.groupId &&
    delivery.topicId === receipt.topicId
  );
}
