import { placeShards } from '../../placement/core/place-shards.js';
import { familyFounding } from './family-founding.js';
import { holdersIn } from './holders.js';
import { foundersOf, isFoundable, type Holder } from './shard-family.js';

const QUEUES = { name: 'queues', role: 'queues' };
const holders: readonly Holder[] = [1, 2, 3, 4].map((index) => ({
  nodeId: `node${index}`,
  diskId: `d${index}`,
}));

describe('familyFounding', () => {
  it('founds each shard where the placement has it, with the disks of the founders', () => {
    const settings = { shards: 8, replicationFactor: 3 };
    const founded = familyFounding(QUEUES, holders, settings);
    if (founded === null) throw new Error('not founded');
    expect(isFoundable(founded)).toBe(true);
    const nodes = holders.map(({ nodeId }) => ({ nodeId, weight: 1 }));
    const placement = placeShards({ nodes, family: 'queues', ...settings });
    for (const { shard, nodeIds } of placement) {
      expect(foundersOf(founded, shard)).toEqual(
        nodeIds.map((nodeId) => ({ nodeId, diskId: nodeId.replace('node', 'd') })),
      );
    }
    expect(foundersOf(founded, 8)).toEqual([]);
  });

  it('has fewer replicas than asked for where there are fewer holders, and founds nothing on none', () => {
    const settings = { shards: 2, replicationFactor: 3 };
    expect(familyFounding(QUEUES, holders.slice(0, 1), settings)?.shards).toEqual([[0], [0]]);
    expect(familyFounding(QUEUES, [], settings)).toBeNull();
  });
});

describe('holdersIn', () => {
  it('takes the members with the role and a disk that are not leaving', () => {
    const member = (index: number, changes: object = {}) => ({
      nodeId: `node${index}`,
      address: `127.0.0.1:900${index}`,
      roles: ['locks', 'queues'],
      diskId: `d${index}`,
      leaving: false,
      ...changes,
    });
    const members = [
      member(1),
      member(2, { roles: ['locks'] }),
      member(3, { diskId: null }),
      member(4, { leaving: true }),
      member(5, { diskId: 'new' }),
    ];
    expect(holdersIn({ version: 1, members, families: [] }, 'queues')).toEqual([
      { nodeId: 'node1', diskId: 'd1' },
      { nodeId: 'node5', diskId: 'new' },
    ]);
  });
});
