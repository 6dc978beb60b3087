import { Simulation } from '../simulation.js';
import { CORE_MUTANTS } from './core-mutants.js';
import { DISK_MUTANTS } from './disk-mutants.js';
import { LOCK_MUTANTS } from './lock-mutants.js';
import type { Mutant, Mutants } from './mutant.js';
import { QUEUE_MUTANTS } from './queue-mutants.js';

/** Deliberate bugs, one at a time: the checks must catch each. */
export const MUTANTS: Mutants = {
  ...CORE_MUTANTS,
  ...DISK_MUTANTS,
  ...LOCK_MUTANTS,
  ...QUEUE_MUTANTS,
};

/** Seeds within which every deliberate bug must show. */
export const MUTANT_SEEDS_MAX = 300;

/** How a bug was caught. */
export interface Catch {
  readonly seed: number;
  /** What the violation said, without its data. */
  readonly violation: string;
}

/** Plays seeds from `from` on until the checks that are meant notice. @returns null when they do not. */
export function hunt({ broken, run }: Mutant, from: number, seeds: number): Catch | null {
  for (let seed = from; seed < from + seeds; seed += 1) {
    const { failure } = new Simulation({ ...run, seed }).play();
    const message = failure?.error.message ?? '';
    if (failure === null || !broken.test(message)) continue;
    const [violation = message] = message.split(/ [{[]/);
    return { seed, violation };
  }
  return null;
}
