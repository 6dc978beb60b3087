import { LeaderDirectory } from './leader-directory.js';

describe('LeaderDirectory', () => {
  it('believes later terms, and a known leader within a term', () => {
    const directory = new LeaderDirectory();
    expect(directory.heard('g', { term: 2, nodeId: null })).toBe(true);
    expect(directory.heard('g', { term: 2, nodeId: 'node1' })).toBe(true);
    expect(directory.heard('g', { term: 2, nodeId: null })).toBe(false);
    expect(directory.heard('g', { term: 1, nodeId: 'node9' })).toBe(false);
    expect(directory.get('g')).toEqual({ term: 2, nodeId: 'node1' });
    expect(directory.heard('g', { term: 3, nodeId: null })).toBe(true);
    expect(directory.get('g')).toEqual({ term: 3, nodeId: null });
  });

  it('forgets a leader that failed until it is heard of again', () => {
    const directory = new LeaderDirectory();
    directory.heard('g', { term: 2, nodeId: 'node1' });
    directory.failed('g', 'node2');
    expect(directory.get('g')).toEqual({ term: 2, nodeId: 'node1' });
    directory.failed('g', 'node1');
    expect(directory.get('g')).toEqual({ term: 2, nodeId: null });
    expect(directory.leaderless()).toEqual(['g']);
    expect(directory.heard('g', { term: 2, nodeId: 'node1' })).toBe(true);
    expect(directory.leaderless()).toEqual([]);
  });
});
