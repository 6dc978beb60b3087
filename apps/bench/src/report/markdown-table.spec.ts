import { figure, markdownTable, ratio } from './markdown-table.js';

describe('figure', () => {
  it.each([
    [null, '—'],
    [Number.POSITIVE_INFINITY, '—'],
    [0, '0.00'],
    [0.126, '0.13'],
    [9.99, '9.99'],
    [12.34, '12.3'],
    [99.94, '99.9'],
    [123.5, '124'],
    [1234567, '1,234,567'],
  ])('%j is written %s', (value, text) => {
    expect(figure(value)).toBe(text);
  });
});

describe('ratio', () => {
  it('says how many times ours is of theirs', () => {
    expect(ratio(3_000, 800)).toBe('3.75 ×');
    expect(ratio(1, 0)).toBe('—');
    expect(ratio(null, 800)).toBe('—');
    expect(ratio(3_000, null)).toBe('—');
  });
});

describe('markdownTable', () => {
  it('aligns its columns, and fills what a row lacks', () => {
    const table = markdownTable(
      [
        { title: 'a', alignment: 'left' },
        { title: 'long title', alignment: 'right' },
      ],
      [['first', '1'], ['x']],
    );
    expect(table.split('\n')).toEqual([
      '| a     | long title |',
      '| ----- | ---------: |',
      '| first |          1 |',
      '| x     |            |',
    ]);
  });
});
