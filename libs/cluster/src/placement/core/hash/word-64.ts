/**
 * An unsigned 64-bit number as two unsigned 32-bit halves: made of `bigint`, the hash of a name of 18 to 200 bytes
 * took two to five times as long (Node 20), and every request needs one.
 */
export interface Word64 {
  readonly high: number;
  readonly low: number;
}

const { imul } = Math;

export const word64 = (high: number, low: number): Word64 => ({ high: high >>> 0, low: low >>> 0 });

/** All operations are modulo 2^64. */
export function add(a: Word64, b: Word64): Word64 {
  const low = a.low + b.low;
  return word64(a.high + b.high + (low > 0xffff_ffff ? 1 : 0), low);
}

export function subtract(a: Word64, b: Word64): Word64 {
  return word64(a.high - b.high - (a.low < b.low ? 1 : 0), a.low - b.low);
}

export function multiply(a: Word64, b: Word64): Word64 {
  // The product of the low halves has 64 bits: by parts of 16 bits, whose products a double holds exactly.
  const a0 = a.low & 0xffff;
  const a1 = a.low >>> 16;
  const b0 = b.low & 0xffff;
  const b1 = b.low >>> 16;
  const middle = a1 * b0 + ((a0 * b0) >>> 16);
  const carried = a0 * b1 + (middle & 0xffff);
  const high = a1 * b1 + (middle >>> 16) + (carried >>> 16);
  return word64(high + imul(a.high, b.low) + imul(a.low, b.high), imul(a.low, b.low));
}

export function xor(a: Word64, b: Word64): Word64 {
  return word64(a.high ^ b.high, a.low ^ b.low);
}

/** @param bits 1 to 31. */
export function rotateLeft({ high, low }: Word64, bits: number): Word64 {
  const rest = 32 - bits;
  return word64((high << bits) | (low >>> rest), (low << bits) | (high >>> rest));
}

/** @param bits 1 to 63. */
export function shiftRight({ high, low }: Word64, bits: number): Word64 {
  if (bits >= 32) return word64(0, high >>> (bits - 32));
  return word64(high >>> bits, (low >>> bits) | (high << (32 - bits)));
}
