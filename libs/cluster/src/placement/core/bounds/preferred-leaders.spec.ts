import fc from 'fast-check';
import { leaderBounds, replicaBounds } from './load-bounds.js';
import { preferredLeaders } from './preferred-leaders.js';
import { ReplicaRooms } from './replica-rooms.js';

describe('preferredLeaders', () => {
  it('the first holder that is below its bound', () => {
    const holders = [
      [0, 1],
      [0, 1],
      [0, 2],
      [0, 2],
    ];
    expect(preferredLeaders(holders, [2, 2, 2])).toEqual([0, 0, 2, 2]);
  });

  it('all holders are at their bounds: a shard of theirs goes to another holder of it', () => {
    expect(preferredLeaders([[0, 1], [0, 2], [0]], [1, 1, 1])).toEqual([1, 2, 0]);
  });

  it('by the shortest way, over several nodes if it must', () => {
    const holders = [[0, 1], [1, 2], [2, 3], [0]];
    // Node 0 takes the last shard and gives the first one to node 1, and so on to node 3, which has room.
    expect(preferredLeaders(holders, [1, 1, 1, 1])).toEqual([1, 2, 3, 0]);
  });

  it('no way: the first holder leads it beyond its bound', () => {
    expect(
      preferredLeaders(
        [
          [0, 1],
          [1, 0],
          [1, 0],
        ],
        [1, 1, 2],
      ),
    ).toEqual([0, 1, 1]);
  });

  it('with equal weights nobody is beyond the bound, whatever replicas are where', () => {
    const situation = fc
      .record({
        nodes: fc.integer({ min: 1, max: 9 }),
        shards: fc.integer({ min: 1, max: 24 }),
        factor: fc.integer({ min: 1, max: 7 }),
      })
      .chain(({ nodes, shards, factor }) =>
        fc.record({
          nodes: fc.constant(nodes),
          copies: fc.constant(Math.min(factor, nodes)),
          preferences: fc.array(
            fc.shuffledSubarray([...Array(nodes).keys()], { minLength: nodes }),
            { minLength: shards, maxLength: shards },
          ),
        }),
      );
    fc.assert(
      fc.property(situation, ({ nodes, copies, preferences }) => {
        const shards = preferences.length;
        const weights = Array.from({ length: nodes }, () => 1);
        const rooms = new ReplicaRooms(replicaBounds(weights, shards, copies), shards, copies);
        const holders = preferences.map((order) => rooms.take(order));
        const bounds = leaderBounds(weights, shards);
        const leaders = preferredLeaders(holders, bounds);
        leaders.forEach((leader, shard) => expect(holders[shard]).toContain(leader));
        bounds.forEach((bound, node) => {
          expect(leaders.filter((leader) => leader === node).length).toBeLessThanOrEqual(bound);
        });
      }),
      { numRuns: 1000, seed: 5 },
    );
  });

  it('refuses a shard that nobody holds', () => {
    expect(() => preferredLeaders([[]], [1])).toThrow('preferredLeaders: a shard has a holder');
  });
});
