import { placeShards } from './place-shards.js';
import { ringShares } from './ring-shares.js';

describe('ringShares', () => {
  it('the shards that a node is the preferred leader of, by node id; who leads none has 0', () => {
    expect(
      ringShares([
        { shard: 0, nodeIds: ['node3', 'node2'] },
        { shard: 1, nodeIds: ['node1', 'node3'] },
        { shard: 2, nodeIds: ['node3', 'node1'] },
        { shard: 3, nodeIds: ['node3', 'node2'] },
      ]),
    ).toEqual([
      { nodeId: 'node1', share: 0.25 },
      { nodeId: 'node2', share: 0 },
      { nodeId: 'node3', share: 0.75 },
    ]);
  });

  it.each([1, 3, 8, 1000])('together 1: %i shards', (shards) => {
    const nodes = Array.from({ length: 7 }, (_, index) => ({ nodeId: `node${index}`, weight: 1 }));
    const placement = placeShards({ nodes, shards, replicationFactor: 3, family: 'queues' });
    const sum = ringShares(placement).reduce((total, { share }) => total + share, 0);
    expect(sum).toBeCloseTo(1, 12);
  });

  it('nobody holds anything', () => {
    expect(ringShares([{ shard: 0, nodeIds: [] }])).toEqual([]);
  });
});
