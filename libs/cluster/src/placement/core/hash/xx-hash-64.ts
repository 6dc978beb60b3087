import {
  add,
  multiply,
  rotateLeft,
  shiftRight,
  subtract,
  word64,
  xor,
  type Word64,
} from './word-64.js';

const PRIME_1 = word64(0x9e37_79b1, 0x85eb_ca87);
const PRIME_2 = word64(0xc2b2_ae3d, 0x27d4_eb4f);
const PRIME_3 = word64(0x1656_67b1, 0x9e37_79f9);
const PRIME_4 = word64(0x85eb_ca77, 0xc2b2_ae63);
const PRIME_5 = word64(0x27d4_eb2f, 0x1656_67c5);
const ZERO = word64(0, 0);

const STRIPE_BYTES = 32;
const LANE_BYTES = 8;

/**
 * XXH64 with the seed 0: not for secrets, but well mixed, and the same on every machine and in every version.
 *
 * @see https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md#xxh64-algorithm-description
 */
export function xxHash64(bytes: Uint8Array): Word64 {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const stripesEnd = bytes.length - (bytes.length % STRIPE_BYTES);
  const start = stripesEnd === 0 ? PRIME_5 : mixedStripes(view, stripesEnd);
  const mixed = add(start, word64(0, bytes.length));
  return avalanche(mixedRest(mixed, view, stripesEnd));
}

function mixedStripes(view: DataView, end: number): Word64 {
  let first = add(PRIME_1, PRIME_2);
  let second = PRIME_2;
  let third = ZERO;
  let fourth = subtract(ZERO, PRIME_1);
  for (let at = 0; at < end; at += STRIPE_BYTES) {
    first = round(first, lane(view, at));
    second = round(second, lane(view, at + LANE_BYTES));
    third = round(third, lane(view, at + 2 * LANE_BYTES));
    fourth = round(fourth, lane(view, at + 3 * LANE_BYTES));
  }
  const sum = add(
    add(rotateLeft(first, 1), rotateLeft(second, 7)),
    add(rotateLeft(third, 12), rotateLeft(fourth, 18)),
  );
  return [first, second, third, fourth].reduce(merged, sum);
}

/** What is left behind the last whole stripe: lanes of eight bytes, then perhaps four, then single ones. */
function mixedRest(start: Word64, view: DataView, from: number): Word64 {
  let hash = start;
  let at = from;
  for (; at + LANE_BYTES <= view.byteLength; at += LANE_BYTES) {
    const mixed = xor(hash, round(ZERO, lane(view, at)));
    hash = add(multiply(rotateLeft(mixed, 27), PRIME_1), PRIME_4);
  }
  if (at + 4 <= view.byteLength) {
    const mixed = xor(hash, multiply(word64(0, view.getUint32(at, true)), PRIME_1));
    hash = add(multiply(rotateLeft(mixed, 23), PRIME_2), PRIME_3);
    at += 4;
  }
  for (; at < view.byteLength; at += 1) {
    const mixed = xor(hash, multiply(word64(0, view.getUint8(at)), PRIME_5));
    hash = multiply(rotateLeft(mixed, 11), PRIME_1);
  }
  return hash;
}

function avalanche(hash: Word64): Word64 {
  const first = multiply(xor(hash, shiftRight(hash, 33)), PRIME_2);
  const second = multiply(xor(first, shiftRight(first, 29)), PRIME_3);
  return xor(second, shiftRight(second, 32));
}

function round(accumulator: Word64, input: Word64): Word64 {
  return multiply(rotateLeft(add(accumulator, multiply(input, PRIME_2)), 31), PRIME_1);
}

function merged(sum: Word64, accumulator: Word64): Word64 {
  return add(multiply(xor(sum, round(ZERO, accumulator)), PRIME_1), PRIME_4);
}

function lane(view: DataView, at: number): Word64 {
  return word64(view.getUint32(at + 4, true), view.getUint32(at, true));
}
