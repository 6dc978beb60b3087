import fc from 'fast-check';
import { replicaBounds } from './load-bounds.js';
import { ReplicaRooms } from './replica-rooms.js';

function takeAll(
  rooms: ReplicaRooms,
  preferences: readonly (readonly number[])[],
): readonly (readonly number[])[] {
  return preferences.map((nodes) => rooms.take(nodes));
}

describe('ReplicaRooms', () => {
  it('gives the first nodes, and passes over those that are full', () => {
    const rooms = new ReplicaRooms([1, 2, 3, 2], 3, 2);
    expect(
      takeAll(rooms, [
        [0, 1, 2, 3],
        [0, 1, 2, 3],
        [1, 0, 3, 2],
      ]),
    ).toEqual([
      [0, 1],
      [1, 2],
      [3, 2],
    ]);
  });

  it('leaves different nodes for those behind: else the last shard would find one node only', () => {
    const rooms = new ReplicaRooms([1, 1, 1, 3], 3, 2);
    // With 0 and 1 for the first, the third would have 3 and nobody else.
    expect(
      takeAll(rooms, [
        [0, 1, 2, 3],
        [2, 0, 1, 3],
        [1, 2, 3, 0],
      ]),
    ).toEqual([
      [0, 3],
      [2, 3],
      [1, 3],
    ]);
  });

  it('every shard finds its nodes and no bound is passed, whatever the shards prefer', () => {
    const situation = fc
      .record({
        weights: fc.array(fc.constantFrom(0.3, 1, 1, 1, 2, 10), { minLength: 1, maxLength: 9 }),
        shards: fc.integer({ min: 1, max: 20 }),
        factor: fc.integer({ min: 1, max: 7 }),
      })
      .chain(({ weights, shards, factor }) =>
        fc.record({
          bounds: fc.constant(replicaBounds(weights, shards, Math.min(factor, weights.length))),
          copies: fc.constant(Math.min(factor, weights.length)),
          preferences: fc.array(
            fc.shuffledSubarray([...weights.keys()], { minLength: weights.length }),
            { minLength: shards, maxLength: shards },
          ),
        }),
      );
    fc.assert(
      fc.property(situation, ({ bounds, copies, preferences }) => {
        const rooms = new ReplicaRooms(bounds, preferences.length, copies);
        const taken = takeAll(rooms, preferences);
        expect(taken.map((each) => new Set(each).size)).toEqual(preferences.map(() => copies));
        bounds.forEach((bound, node) => {
          expect(taken.flat().filter((each) => each === node).length).toBeLessThanOrEqual(bound);
        });
      }),
      { numRuns: 1000, seed: 4 },
    );
  });

  it('refuses bounds without room for all', () => {
    expect(() => new ReplicaRooms([5, 1, 1], 3, 2)).toThrow('ReplicaRooms: there is room for all');
  });
});
