import { mayBeginMove, type ShardSeen } from './move-turn.js';

const seen = (shard: number, changes: Partial<ShardSeen> = {}): ShardSeen => {
  return { shard, hasLeader: true, away: true, stuck: false, ...changes };
};

describe('mayBeginMove', () => {
  it.each<readonly [string, readonly ShardSeen[], boolean]>([
    ['nobody else is known', [], true],
    ['one before it is away', [seen(2)], false],
    ['one behind it is away', [seen(4)], true],
    ['all before it have arrived', [seen(1, { away: false }), seen(2, { away: false })], true],
    ['one before it has no leader', [seen(1, { hasLeader: false })], true],
    ['one before it waits for a dead node', [seen(0, { stuck: true })], true],
    ['one of many before it is away', [seen(0, { stuck: true }), seen(1)], false],
  ])('%s', (_name, family, may) => {
    expect(mayBeginMove(3, family)).toBe(may);
  });

  it('lets exactly one of a family begin when all are away', () => {
    const family = [0, 1, 2, 3].map((shard) => seen(shard));
    expect(family.filter(({ shard }) => mayBeginMove(shard, family))).toEqual([seen(0)]);
  });
});
