import { MalformedValue } from '@sinkron/fields';
import { packHandedOut, readHandedOutColumns } from './handed-out-columns.js';
import type { HandedOut } from './topic-result.js';

const plain = (sequence: number): HandedOut => ({
  sequence,
  priority: 4,
  key: null,
  deliveries: 1,
});

describe('Columns of messages that were handed out', () => {
  it('say once what messages have in common', () => {
    expect(packHandedOut([plain(7), plain(8), plain(9)])).toEqual([[7, 1, 1], [4, 3], [], []]);
    expect(packHandedOut([])).toEqual([[], [], [], []]);
  });

  it('come back as they were', () => {
    const messages: readonly HandedOut[] = [
      { sequence: Number.MAX_SAFE_INTEGER, priority: 9, key: 'k', deliveries: 3 },
      plain(1),
      plain(5),
      { ...plain(4), key: 'ä', deliveries: 0 },
      { ...plain(6), priority: 0 },
    ];
    expect(readHandedOutColumns(packHandedOut(messages))).toEqual(messages);
    expect(readHandedOutColumns(packHandedOut([]))).toEqual([]);
  });

  it.each([
    [null],
    [[]],
    [[[1], [4, 1], [], [], []]],
    [[[1], [], [], []]],
    [[[1], [4, 2], [], []]],
    [[[1], [10, 1], [], []]],
    [[[1], [4, 1_001], [], []]],
    [[[-1], [4, 1], [], []]],
    [[['1'], [4, 1], [], []]],
    [[[1], [4, 1], [0], []]],
    [[[1], [4, 1], [], [0, 5]]],
  ])('refuse %j', (value) => {
    expect(() => readHandedOutColumns(value)).toThrow(MalformedValue);
  });
});
