import { base36 } from './base36.js';

/** What a receipt names: one message of one delivery. */
export interface Receipt {
  readonly topicId: number;
  readonly groupId: number;
  readonly deliveryId: number;
  readonly sequence: number;
}

/** topic, group, delivery, sequence */
const NUMBERS = 4;
const NUMBER_DIGITS_MAX = 11;
/** Digits of the checksum: 36^7 is above 2^32. */
const CHECKSUM_DIGITS = 7;
const RECEIPT_CHARS_MAX = NUMBERS * (NUMBER_DIGITS_MAX + 1) + CHECKSUM_DIGITS;

const RADIX = 36;
const DASH = 0x2d;
const ZERO = 0x30;
const NINE = 0x39;
const A = 0x61;
const Z = 0x7a;

/**
 * An opaque text for clients: `{topicId}-{groupId}-{deliveryId}-{sequence}-{checksum}`, base 36.
 *
 * The checksum tells a mistyped or cut receipt from one that was given and is stale by now; it
 * keeps no one from making receipts.
 */
export function receiptText(receipt: Receipt): string {
  return receiptsOf(receipt)(receipt.sequence);
}

/** Makes the receipts of one delivery by sequence: what they have in common is made once. */
export function receiptsOf({
  topicId,
  groupId,
  deliveryId,
}: Omit<Receipt, 'sequence'>): (sequence: number) => string {
  const prefix = `${base36(topicId)}-${base36(groupId)}-${base36(deliveryId)}-`;
  const prefixHash = hashed(FNV_BASIS, prefix);
  return (sequence) => {
    const text = base36(sequence);
    const sum = base36(hashed(prefixHash, text) >>> 0);
    return `${prefix}${text}-${sum.padStart(CHECKSUM_DIGITS, '0')}`;
  };
}

/** Undefined for a text that {@link receiptText} never gives. */
export function readReceipt(text: string): Receipt | undefined {
  if (text.length > RECEIPT_CHARS_MAX) return undefined;
  const sumAt = text.length - CHECKSUM_DIGITS;
  const numbers: number[] = [];
  let [number, digits] = [0, 0];
  let hash = FNV_BASIS;
  for (let at = 0; at < sumAt; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit === DASH) {
      if (digits === 0 || !Number.isSafeInteger(number)) return undefined;
      numbers.push(number);
      // The last dash is not of what the checksum covers.
      if (at === sumAt - 1) break;
      [number, digits] = [0, 0];
    } else {
      const digit = digitOf(unit);
      if (digit < 0 || digits === NUMBER_DIGITS_MAX) return undefined;
      if (digit === 0 && digits === 0) return undefined;
      number = number * RADIX + digit;
      digits += 1;
    }
    hash = Math.imul(hash ^ unit, FNV_PRIME);
  }
  const [topicId, groupId, deliveryId, sequence] = numbers;
  if (topicId === undefined || groupId === undefined || deliveryId === undefined) return undefined;
  if (sequence === undefined || numbers.length > NUMBERS) return undefined;
  if (text.charCodeAt(sumAt - 1) !== DASH || readChecksum(text, sumAt) !== hash >>> 0) {
    return undefined;
  }
  return { topicId, groupId, deliveryId, sequence };
}

/** -1 for what no checksum is. */
function readChecksum(text: string, from: number): number {
  let sum = 0;
  for (let at = from; at < text.length; at += 1) {
    const digit = digitOf(text.charCodeAt(at));
    if (digit < 0) return -1;
    sum = sum * RADIX + digit;
  }
  return sum;
}

/** -1 for what is no digit of base 36 in lower case. */
function digitOf(unit: number): number {
  if (unit >= ZERO && unit <= NINE) return unit - ZERO;
  return unit >= A && unit <= Z ? unit - A + 10 : -1;
}

const FNV_BASIS = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** FNV-1a of 32 bits over ASCII, from a hash on; to be read as unsigned. */
function hashed(from: number, text: string): number {
  let hash = from;
  for (let at = 0; at < text.length; at += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(at), FNV_PRIME);
  }
  return hash;
}
