import type { Random } from '../../core/role/election/election-timer.js';

/**
 * Draws the first election timeout so that one founder of a group campaigns before the others: its is the
 * shortest, theirs are of the upper half. What is drawn later is not touched, so that nobody is counted on.
 */
export function turnRandom(random: Random, first: boolean): Random {
  let drawn = false;
  return {
    integer: (from, toExclusive) => {
      if (drawn) return random.integer(from, toExclusive);
      drawn = true;
      return first ? from : random.integer(Math.floor((from + toExclusive) / 2), toExclusive);
    },
  };
}
