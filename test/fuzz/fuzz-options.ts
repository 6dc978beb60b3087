import { randomInt } from 'node:crypto';

/** What `scripts/fuzz.mjs` was asked for; it hands it over as variables of the environment. */
export interface FuzzOptions {
  /** HTTP requests, about: shrinking a failure sends more. */
  readonly requests: number;
  /** Attempts at the peer port, about. */
  readonly frames: number;
  readonly seed: number;
}

const SEED_MAX = 2 ** 31 - 1;

export function readFuzzOptions(): FuzzOptions {
  return {
    requests: count('FUZZ_REQUESTS', 2_000),
    frames: count('FUZZ_FRAMES', 1_000),
    seed: count('FUZZ_SEED', randomInt(SEED_MAX)),
  };
}

function count(name: string, fallback: number): number {
  const text = process.env[name];
  if (text === undefined || text === '') return fallback;
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw new Error(`${name} must be a whole number`);
  return value;
}
