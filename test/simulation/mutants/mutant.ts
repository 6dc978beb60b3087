import type { RunOptions } from '../simulation.js';

/** A deliberate bug, and how the checks are to notice it. */
export interface Mutant {
  /** What the violation says. */
  readonly broken: RegExp;
  /** The first seed at which it shows, as it was found by `npm run sim -- --mutants`. */
  readonly seed: number;
  readonly run: Omit<RunOptions, 'seed'>;
}

export type Mutants = Readonly<Record<string, Mutant>>;

/** A lease, or the rest of a lock, that ends before its time. */
export const EARLY_END =
  /no (hold|lease) ends (while|before)|one holder at a time|rests for its whole delay/;

/** An answer of somebody who leads no more. */
export const STALE_ANSWER = /a read is never older|one holder at a time|no hold ends/;
