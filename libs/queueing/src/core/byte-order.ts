const SURROGATES_FROM = 0xd800;
const SURROGATES_TO = 0xe000;

/**
 * Orders names as the bytes of their UTF-8 forms, as tables do: JavaScript's `<` would have code points
 * above U+FFFF before U+E000.
 *
 * @returns below 0, 0 or above 0.
 */
export function compareByteOrder(one: string, other: string): number {
  const length = Math.min(one.length, other.length);
  for (let at = 0; at < length; at += 1) {
    const unit = one.charCodeAt(at);
    const otherUnit = other.charCodeAt(at);
    if (unit !== otherUnit) return rank(unit) - rank(otherUnit);
  }
  return one.length - other.length;
}

/** Moves surrogates behind every other unit and keeps their order. */
function rank(unit: number): number {
  return unit >= SURROGATES_FROM && unit < SURROGATES_TO ? unit + 0x10000 : unit;
}
