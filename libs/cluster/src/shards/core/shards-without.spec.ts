import { canPlaceOn } from './shards-without.js';

describe('canPlaceOn', () => {
  const settings = { shards: 8, replicationFactor: 3 };
  const on = (left: readonly string[], ...dead: readonly string[]): boolean =>
    canPlaceOn(left, (node) => !dead.includes(node), 'queues', settings);

  it('needs a majority of living nodes for every shard', () => {
    expect(on(['node1', 'node2', 'node3'])).toBe(true);
    expect(on(['node1', 'node2', 'node3'], 'node2')).toBe(true);
    expect(on(['node1', 'node2', 'node3'], 'node2', 'node3')).toBe(false);
    // Some of eight shards are on both.
    expect(on(['node1', 'node2', 'node3', 'node4'], 'node1', 'node2')).toBe(false);
    expect(on(['node1', 'node2'])).toBe(true);
    expect(on(['node1', 'node2'], 'node2')).toBe(false);
  });

  it('leaves it to the list whether anybody has to be left', () => {
    expect(on([])).toBe(true);
  });
});
