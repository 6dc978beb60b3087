import { LOAD_BOUND } from '../limits.js';

/**
 * How many replicas each node may hold: 1.25 times its fair share, rounded up, and one of each shard at most.
 *
 * Fair shares are as the weights are. Where that would give a node more than one replica of each shard, its
 * share is all shards, and the others share the rest as their weights are.
 *
 * @param copies replicas of each shard, at most as many as there are nodes: so the bounds together have room
 *   for all.
 */
export function replicaBounds(
  weights: readonly number[],
  shards: number,
  copies: number,
): readonly number[] {
  const holdsAll = new Set<number>();
  for (;;) {
    const copiesLeft = copies - holdsAll.size;
    const weightLeft = total(weights.filter((_, index) => !holdsAll.has(index)));
    const before = holdsAll.size;
    weights.forEach((weight, index) => {
      if (copiesLeft * weight > weightLeft) holdsAll.add(index);
    });
    if (holdsAll.size > before) continue;
    return weights.map((weight, index) => {
      if (holdsAll.has(index)) return shards;
      return Math.min(shards, bounded(shards * copiesLeft * weight, weightLeft));
    });
  }
}

/** How many shards each node may be the preferred leader of: 1.25 times its share by weight, rounded up. */
export function leaderBounds(weights: readonly number[], shards: number): readonly number[] {
  const weight = total(weights);
  return weights.map((each) => bounded(shards * each, weight));
}

/** One division, so that equal weights round as integers do. */
function bounded(dividend: number, divisor: number): number {
  return Math.ceil((LOAD_BOUND.numerator * dividend) / (LOAD_BOUND.denominator * divisor));
}

function total(numbers: readonly number[]): number {
  return numbers.reduce((sum, each) => sum + each, 0);
}
