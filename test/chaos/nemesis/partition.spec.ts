import { cutPairs, type CutPair, type PartitionShape } from './partition.js';

describe('cutPairs', () => {
  function cut(shape: PartitionShape, nodes: string, leader: string): string {
    return arrows(cutPairs(shape, nodes.split(''), leader));
  }

  function arrows(pairs: readonly CutPair[]): string {
    return pairs
      .map(({ from, to }) => `${from}>${to}`)
      .toSorted()
      .join(' ');
  }

  it('divides into a minority and a majority, both ways', () => {
    expect(cut('halves', 'abc', 'b')).toBe('a>b a>c b>a c>a');
    expect(cut('halves', 'abcde', 'c')).toBe('a>c a>d a>e b>c b>d b>e c>a c>b d>a d>b e>a e>b');
  });

  it('isolates the leader or the one who was chosen', () => {
    expect(cut('leader-alone', 'abc', 'c')).toBe('a>c b>c c>a c>b');
    expect(cut('one-alone', 'abc', 'c')).toBe('a>b a>c b>a c>a');
  });

  it('leaves one whom both halves hear', () => {
    expect(cut('bridge', 'abc', 'b')).toBe('b>c c>b');
    expect(cut('bridge', 'abcde', 'b')).toBe('b>d b>e c>d c>e d>b d>c e>b e>c');
  });

  it('leaves everybody two neighbours; of three it makes a chain', () => {
    expect(cut('ring', 'abcd', 'a')).toBe('a>c b>d c>a d>b');
    expect(cut('ring', 'abc', 'a')).toBe('a>c c>a');
  });

  it('cuts one way', () => {
    expect(cut('leader-deaf', 'abc', 'b')).toBe('a>b c>b');
    expect(cut('leader-mute', 'abc', 'b')).toBe('b>a b>c');
    expect(cut('one-way', 'abcde', 'c')).toBe('a>c a>d a>e b>c b>d b>e');
  });
});
