import { cacheKeyPlacementName, topicPlacementName } from './placement-names.js';

describe('topicPlacementName', () => {
  it.each([
    ['orders', 'orders'],
    ['orders.dead', 'orders'],
    ['orders.dead.dead', 'orders.dead'],
    ['.dead', '.dead'],
    ['a.dead', 'a'],
    ['.dead.dead', '.dead'],
    ['dead', 'dead'],
    ['orders.DEAD', 'orders.DEAD'],
    ['orders.dead.', 'orders.dead.'],
  ])('%s is placed as %s', (topic, name) => {
    expect(topicPlacementName(topic)).toBe(name);
  });
});

describe('cacheKeyPlacementName', () => {
  it('tells pairs apart that read the same', () => {
    expect(cacheKeyPlacementName('a', 'bc')).not.toBe(cacheKeyPlacementName('ab', 'c'));
  });
});
