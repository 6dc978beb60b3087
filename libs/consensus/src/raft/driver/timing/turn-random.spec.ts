import { turnRandom } from './turn-random.js';

describe('turnRandom', () => {
  const asked: (readonly [number, number])[] = [];
  const random = {
    integer: (from: number, toExclusive: number): number => {
      asked.push([from, toExclusive]);
      return from;
    },
  };

  beforeEach(() => void asked.splice(0));

  it('gives the first founder the shortest timeout, once', () => {
    const turn = turnRandom(random, true);
    expect([turn.integer(10, 20), turn.integer(10, 20)]).toEqual([10, 10]);
    expect(asked).toEqual([[10, 20]]);
  });

  it('gives the others one of the upper half, once', () => {
    const turn = turnRandom(random, false);
    expect([turn.integer(10, 20), turn.integer(1, 2), turn.integer(10, 20)]).toEqual([15, 1, 10]);
    const one = turnRandom(random, false);
    expect(one.integer(1, 2)).toBeLessThan(2);
  });
});
