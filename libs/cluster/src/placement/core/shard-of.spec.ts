import { shardOf } from './shard-of.js';

const KINDS_OF_NAMES: readonly [string, (index: number) => string][] = [
  ['numbered', (index) => `orders-${index}`],
  ['bare numbers', (index) => String(index)],
  ['paths', (index) => `tenants/${index % 100}/jobs/${Math.floor(index / 100)}`],
];

describe('shardOf', () => {
  // Another shard than before would be without the data that the key has: these values never change.
  it.each([
    ['orders', [0, 5, 2, 245, 1909]],
    ['ordres', [0, 7, 4, 535, 2239]],
    ['größe/€😀', [0, 5, 2, 629, 477]],
    ['a'.repeat(33), [0, 3, 1, 747, 587]],
  ])('golden: %s with 1, 8, 7, 1000 and 4096 shards', (name, expected) => {
    expect([1, 8, 7, 1000, 4096].map((shards) => shardOf(name, shards))).toEqual(expected);
  });

  describe.each(KINDS_OF_NAMES)('spreads names evenly: %s', (_, nameOf) => {
    it.each([2, 3, 7, 8, 64, 1000, 4096])('over %i shards', (shards) => {
      const perShard = 20;
      const counts = Array.from({ length: shards }, () => 0);
      for (let index = 0; index < shards * perShard; index += 1) {
        const shard = shardOf(nameOf(index), shards);
        counts[shard] = (counts[shard] ?? 0) + 1;
      }
      expect(counts).toHaveLength(shards);
      // Chi-square with shards - 1 degrees of freedom, within five of its standard deviations.
      const squares = counts.reduce((sum, count) => sum + (count - perShard) ** 2 / perShard, 0);
      const freedom = shards - 1;
      expect(Math.abs(squares - freedom)).toBeLessThan(5 * Math.sqrt(2 * freedom));
    });
  });

  it.each([0, -1, 1.5, Number.NaN, 4097])('refuses %d shards', (shards) => {
    expect(() => shardOf('orders', shards)).toThrow('shardOf: shards');
  });
});
