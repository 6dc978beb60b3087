const SURROGATES_FROM = 0xd800;
const LOW_SURROGATES_FROM = 0xdc00;
const SURROGATES_TO = 0xe000;

/**
 * Orders two well-formed strings as the bytes of their UTF-8 forms, which is the order of their code
 * points, and of the keys on the disk.
 *
 * JavaScript's `<` compares UTF-16 units: there a surrogate (half of a code point above U+FFFF) comes
 * before U+E000 to U+FFFF, in UTF-8 after them. Only that is put right here.
 *
 * @returns below 0, 0 or above 0.
 */
export function compareByteOrder(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  for (let at = 0; at < length; at += 1) {
    const leftUnit = left.charCodeAt(at);
    const rightUnit = right.charCodeAt(at);
    if (leftUnit !== rightUnit) return rank(leftUnit) - rank(rightUnit);
  }
  return left.length - right.length;
}

/** The length of a well-formed string in UTF-8, bytes. */
export function utf8Bytes(text: string): number {
  let bytes = text.length;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    // A surrogate pair is two units and four bytes: each of its units counts as two.
    if (unit >= 0x80) bytes += unit < 0x800 || isSurrogate(unit) ? 1 : 2;
  }
  return bytes;
}

/**
 * Whether `text` has no lone surrogate. A lone one has no UTF-8 form: two different names would
 * be one on the disk and in the log.
 */
export function isWellFormed(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (!isSurrogate(unit)) continue;
    if (isLowSurrogate(unit) || !isLowSurrogate(text.charCodeAt(at + 1))) return false;
    at += 1;
  }
  return true;
}

/** How many characters (code points) a well-formed string has. */
export function characterCount(text: string): number {
  let count = 0;
  for (let at = 0; at < text.length; at += 1) {
    if (!isLowSurrogate(text.charCodeAt(at))) count += 1;
  }
  return count;
}

/** Moves surrogates behind every other unit and keeps their order. */
function rank(unit: number): number {
  return isSurrogate(unit) ? unit + 0x10000 : unit;
}

function isSurrogate(unit: number): boolean {
  return unit >= SURROGATES_FROM && unit < SURROGATES_TO;
}

/** The second half of a pair. False for NaN, the unit behind the end of a string. */
function isLowSurrogate(unit: number): boolean {
  return unit >= LOW_SURROGATES_FROM && unit < SURROGATES_TO;
}
