/** What a receipt names: one message of one delivery. */
export interface Receipt {
  readonly topicId: number;
  readonly groupId: number;
  readonly deliveryId: number;
  readonly sequence: number;
}

const NUMBER = '[1-9a-z][0-9a-z]{0,10}';
const RECEIPT = new RegExp(`^(${NUMBER})-(${NUMBER})-(${NUMBER})-(${NUMBER})-([0-9a-z]{7})$`);

/** Digits of the checksum: 36^7 is above 2^32. */
const CHECKSUM_DIGITS = 7;

/**
 * An opaque text for clients: `{topicId}-{groupId}-{deliveryId}-{sequence}-{checksum}`, base 36.
 *
 * The checksum tells a mistyped or cut receipt from one that was given and is stale by now; it
 * keeps no one from making receipts.
 */
export function receiptText({ topicId, groupId, deliveryId, sequence }: Receipt): string {
  const place = `${topicId.toString(36)}-${groupId.toString(36)}`;
  const text = `${place}-${deliveryId.toString(36)}-${sequence.toString(36)}`;
  return `${text}-${checksum(text)}`;
}

/** Undefined for a text that {@link receiptText} never gives. */
export function readReceipt(text: string): Receipt | undefined {
  const found = RECEIPT.exec(text);
  if (found === null) return undefined;
  const [, topic = '', group = '', delivery = '', place = '', sum = ''] = found;
  if (checksum(text.slice(0, -1 - CHECKSUM_DIGITS)) !== sum) return undefined;
  const receipt: Receipt = {
    topicId: Number.parseInt(topic, 36),
    groupId: Number.parseInt(group, 36),
    deliveryId: Number.parseInt(delivery, 36),
    sequence: Number.parseInt(place, 36),
  };
  return Object.values(receipt).every(Number.isSafeInteger) ? receipt : undefined;
}

/** FNV-1a of 32 bits over ASCII. */
function checksum(text: string): string {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  }
  return (hash >>> 0).toString(36).padStart(CHECKSUM_DIGITS, '0');
}
