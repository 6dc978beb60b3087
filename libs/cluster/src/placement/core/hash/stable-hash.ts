import type { Word64 } from './word-64.js';
import { xxHash64 } from './xx-hash-64.js';

const UTF_8 = new TextEncoder();

/**
 * XXH64 (seed 0) of the text's UTF-8 bytes; half of a surrogate pair counts as U+FFFD. It decides where data
 * is, so it never changes.
 */
export function stableHash64(text: string): Word64 {
  return xxHash64(UTF_8.encode(text));
}
