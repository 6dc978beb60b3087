import fc from 'fast-check';
import { leaderBounds, replicaBounds } from './load-bounds.js';

describe('replicaBounds', () => {
  it.each([
    ['three nodes hold everything', [1, 1, 1], 8, 3, [8, 8, 8]],
    ['4 x 6 replicas, 1.25 times', [1, 1, 1, 1], 8, 3, [8, 8, 8, 8]],
    ['5 nodes, 4.8 each on average', [1, 1, 1, 1, 1], 8, 3, [6, 6, 6, 6, 6]],
    [
      'a bound that is a whole number is not rounded up',
      Array(10).fill(1),
      64,
      3,
      Array(10).fill(24),
    ],
    ['as the weights are', [1, 1, 2], 64, 1, [20, 20, 40]],
    ['never more than all shards', [1, 1, 1, 3], 64, 2, [27, 27, 27, 64]],
    ['what a heavy node cannot take goes to the others', [1, 1, 1, 6], 60, 2, [25, 25, 25, 60]],
    ['two heavy ones, of which one becomes so by the other', [1, 1, 2, 9], 60, 3, [38, 38, 60, 60]],
    ['nodes of any weight, if all of them are needed', [1, 2, 10], 8, 3, [8, 8, 8]],
    ['nobody', [], 8, 0, []],
  ])('%s', (_, weights: readonly number[], shards, copies, expected) => {
    expect(replicaBounds(weights, shards, copies)).toEqual(expected);
  });

  it('has room for all replicas, and for one of each shard on a node', () => {
    const weights = fc.array(fc.constantFrom(0.1, 0.3, 1, 1.5, 2, 10), {
      minLength: 1,
      maxLength: 12,
    });
    fc.assert(
      fc.property(weights, fc.integer({ min: 1, max: 300 }), fc.nat(6), (given, shards, more) => {
        const copies = Math.min(more + 1, given.length);
        const bounds = replicaBounds(given, shards, copies);
        expect(Math.max(...bounds)).toBeLessThanOrEqual(shards);
        expect(bounds.reduce((sum, bound) => sum + bound, 0)).toBeGreaterThanOrEqual(
          shards * copies,
        );
      }),
      { numRuns: 500, seed: 3 },
    );
  });
});

describe('leaderBounds', () => {
  it.each([
    ['equal', [1, 1, 1], 8, [4, 4, 4]],
    ['a whole number is not rounded up', [1, 1, 1, 1, 1], 64, [16, 16, 16, 16, 16]],
    ['as the weights are', [0.5, 1, 2], 70, [13, 25, 50]],
  ])('%s', (_, weights, shards, expected) => {
    expect(leaderBounds(weights, shards)).toEqual(expected);
  });
});
