import { parseConfiguration } from '@sinkron/config';
import type { ReplicatedMachine } from '@sinkron/consensus';
import { ShardFamilies } from './shard-families.js';

const machine = (name: string): ReplicatedMachine => ({ name }) as unknown as ReplicatedMachine;

describe('ShardFamilies', () => {
  const families = new ShardFamilies(parseConfiguration({ DATA_DIR: '/unused', SHARDS: '3' }));
  families.register({ name: 'queues', role: 'queues', machine });

  it('has as many groups for a family as the cluster has shards', () => {
    expect(families.groupsOf('queues')).toEqual(['queues-0', 'queues-1', 'queues-2']);
    const { family, shard } = families.shard('queues-2') ?? {};
    expect([family?.role, shard, family?.machine('queues-2').name]).toEqual([
      'queues',
      2,
      'queues-2',
    ]);
    for (const group of ['queues-3', 'queues-', 'queues-02', 'caches-0', 'coordination']) {
      expect(families.shard(group)).toBeUndefined();
    }
  });

  it('puts a name into one of them, always the same', () => {
    const groups = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => families.groupFor('queues', name));
    expect(groups).toEqual(
      groups.map((_, index) => families.groupFor('queues', 'abcdef'.charAt(index))),
    );
    expect(new Set(groups)).toEqual(new Set(families.groupsOf('queues')));
  });

  it('has one feature a family, and names of registered families only', () => {
    expect(() => families.register({ name: 'queues', role: 'queues', machine })).toThrow();
    expect(() => families.groupFor('caches', 'a')).toThrow();
  });
});
