import { invariant } from '@sinkron/invariant';
import type { Random } from '@sinkron/consensus';

const UINT32 = 0x1_0000_0000;
const GOLDEN_GAMMA = 0x9e3779b9;

/**
 * The only source of chance in a simulation: xoshiro128** (Blackman and Vigna 2018), its state
 * filled by splitmix32. Integers only, so that every engine draws the same.
 */
export class Prng implements Random {
  private readonly state: Int32Array;

  /** @param seed an integer in [0, 2^53). */
  constructor(private readonly seed: number) {
    invariant(Number.isSafeInteger(seed) && seed >= 0, 'Prng: seed is a natural number', { seed });
    const low = seed % UINT32;
    const high = Math.floor(seed / UINT32);
    const next = splitmix32(low ^ Math.imul(high, GOLDEN_GAMMA));
    this.state = Int32Array.from({ length: 4 }, next);
  }

  /**
   * A stream of its own, which depends on seed and label only: a further draw in one stream leaves
   * all others as they were.
   */
  fork(label: string): Prng {
    let hash = 0x811c9dc5;
    for (const character of `${this.seed}/${label}`) {
      hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
    }
    const next = splitmix32(hash);
    const high = (next() >>> 0) & 0x1fffff;
    return new Prng(high * UINT32 + (next() >>> 0));
  }

  uint32(): number {
    const [s0 = 0, s1 = 0, s2 = 0, s3 = 0] = this.state;
    const result = Math.imul(rotate(Math.imul(s1, 5), 7), 9) >>> 0;
    const t2 = s2 ^ s0;
    const t3 = s3 ^ s1;
    this.state[1] = s1 ^ t2;
    this.state[0] = s0 ^ t3;
    this.state[2] = t2 ^ (s1 << 9);
    this.state[3] = rotate(t3, 11);
    return result;
  }

  /** A uniform integer in [from, toExclusive), a range of at most 2^32. */
  integer(from: number, toExclusive: number): number {
    const span = toExclusive - from;
    invariant(span > 0 && span <= UINT32, 'Prng: a range of 1 to 2^32', { from, toExclusive });
    // Draws above the last whole multiple of the span would favour small values.
    const fair = UINT32 - (UINT32 % span);
    let drawn = this.uint32();
    while (drawn >= fair) drawn = this.uint32();
    return from + (drawn % span);
  }

  /** True `permille` times in a thousand. */
  permille(permille: number): boolean {
    return this.integer(0, 1000) < permille;
  }

  pick<T>(values: readonly T[]): T {
    const value = values[this.integer(0, values.length)];
    invariant(value !== undefined, 'Prng: picks from values');
    return value;
  }

  /** `count` of the values, in random order. */
  sample<T>(values: readonly T[], count: number): T[] {
    const rest = [...values];
    const taken: T[] = [];
    while (taken.length < count && rest.length > 0) {
      taken.push(...rest.splice(this.integer(0, rest.length), 1));
    }
    return taken;
  }

  /** Digits that no other draw repeats, for identities. */
  hexadecimal(words: number): string {
    return Array.from({ length: words }, () => this.uint32().toString(16).padStart(8, '0')).join(
      '',
    );
  }
}

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}

function splitmix32(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + GOLDEN_GAMMA) | 0;
    let mixed = state ^ (state >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a2d97);
    return mixed ^ (mixed >>> 15);
  };
}
