/**
 * Orders two strings as the bytes of their UTF-8 forms, which is the order of their code points.
 *
 * JavaScript's `<` compares UTF-16 units: there a surrogate (U+D800 to U+DFFF, half of a code point
 * above U+FFFF) sorts before U+E000 to U+FFFF, in UTF-8 after them.
 *
 * @returns below 0, 0 or above 0.
 */
export function compareUtf8(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) {
    const left = a.charCodeAt(at);
    const right = b.charCodeAt(at);
    if (left !== right) return rank(left) - rank(right);
  }
  return a.length - b.length;
}

const SURROGATES_FROM = 0xd800;
const SURROGATES_TO = 0xe000;

/** Moves surrogates behind every other unit and keeps their order. */
function rank(unit: number): number {
  return unit >= SURROGATES_FROM && unit < SURROGATES_TO ? unit + 0x10000 : unit;
}
