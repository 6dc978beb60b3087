import type { Prng } from '../../../simulation/random/prng.js';
import { GENERATION_MS } from '../../limits.js';
import type { Caller } from '../calls/caller.js';
import type { FencedStorage } from './fenced-storage.js';

/** What a worker has at hand. */
export interface Worker {
  readonly caller: Caller;
  readonly random: Prng;
  readonly storage: FencedStorage;
  /** Milliseconds since the start of the run. */
  readonly now: () => number;
  /** Whether to begin nothing new. */
  readonly stopping: () => boolean;
}

/** Kinds of locks: those of one kind are used by workers of the same habits. */
export type Pool = 'mutex' | 'broken';

/** Locks of a pool at the same time: few, so that they are contended for. */
const POOL_LOCKS = 5;

/** Some locks of the pool, in random order. */
export function contended({ random, now }: Worker, pool: Pool, count: number): readonly string[] {
  const generation = Math.floor(now() / GENERATION_MS);
  const numbers = Array.from({ length: POOL_LOCKS }, (_, index) => index);
  return random.sample(numbers, count).map((index) => `${pool}-${generation}-${index}`);
}
