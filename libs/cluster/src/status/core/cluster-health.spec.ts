import { leaderHealth, membersHealth, replicasHealth } from './cluster-health.js';
import { CAUGHT_UP_ENTRIES_MAX } from './limits.js';

describe('leaderHealth', () => {
  it('is down before any leader was heard of', () => {
    expect(leaderHealth('g', { leader: null, replica: null, heard: false })).toEqual({
      status: 'down',
      detail: 'no leader of g is known',
    });
  });

  it('goes by the replica of this node', () => {
    // Nobody has heard of a later leader than node1, so that stays the latest one known.
    const minority = { leader: 'node1', replica: { leader: null }, heard: true };
    expect(leaderHealth('g', minority)).toEqual({
      status: 'down',
      detail: 'g has no leader that this node hears',
    });
    const majority = { leader: 'node1', replica: { leader: 'node2' }, heard: false };
    expect(leaderHealth('g', majority)).toEqual({ status: 'up', detail: 'node2' });
  });

  it('goes by what the leader says where this node has no replica', () => {
    const known = { leader: 'node1', replica: null };
    expect(leaderHealth('g', { ...known, heard: true })).toEqual({ status: 'up', detail: 'node1' });
    expect(leaderHealth('g', { ...known, heard: false })).toEqual({
      status: 'down',
      detail: 'node1 led g, and is not heard any more',
    });
  });
});

describe('replicasHealth', () => {
  const replica = { group: 'g', hearsLeader: true, appliedIndex: 100, committedIndex: 100 };
  const far = 101 + CAUGHT_UP_ENTRIES_MAX;

  it.each([
    ['a little behind', { ...replica, committedIndex: far - 1 }],
    ['ahead of what others have told', { ...replica, committedIndex: 50 }],
  ])('is up %s', (_what, progress) => {
    expect(replicasHealth([replica, progress])).toEqual({ status: 'up' });
  });

  it.each([
    ['far behind', { ...replica, committedIndex: far }],
    ['not reached by its leader', { ...replica, hearsLeader: false }],
    ['told of nothing', { ...replica, committedIndex: null }],
  ])('is down %s', (_what, progress) => {
    expect(replicasHealth([replica, { ...progress, group: 'h' }])).toEqual({
      status: 'down',
      detail: 'catching up: h',
    });
  });
});

describe('membersHealth', () => {
  const members = [
    { nodeId: 'node1', status: 'alive' },
    { nodeId: 'node2', status: 'suspect' },
    { nodeId: 'node3', status: 'alive' },
  ] as const;

  it('is up while nobody is dead or behind', () => {
    expect(membersHealth(members, [])).toEqual({ status: 'up' });
  });

  it('is degraded by who is dead, and by who lives and is behind', () => {
    const laggards = ['node3', 'node4'].map((nodeId) => ({ nodeId, group: 'g', behind: 2000 }));
    expect(membersHealth([...members, { nodeId: 'node4', status: 'dead' }], laggards)).toEqual({
      status: 'degraded',
      detail: 'node4 is dead; node3 is 2000 entries behind in g',
    });
  });
});
