import { logIndex } from '../identifiers.js';
import { Inflights } from './inflights.js';

function window(messagesMax: number, bytesMax: number, ...last: readonly number[]): Inflights {
  const inflights = new Inflights({ messagesMax, bytesMax });
  for (const index of last) inflights.add(logIndex(index), 10);
  return inflights;
}

describe('Inflights', () => {
  it('is full at the limit of messages', () => {
    const inflights = window(3, 1000, 4, 7);
    expect(inflights.full).toBe(false);
    inflights.add(logIndex(8), 10);
    expect([inflights.full, inflights.count]).toEqual([true, 3]);
  });

  it('is full at the limit of bytes, which a single large message may pass', () => {
    const inflights = window(100, 25, 1, 2);
    expect(inflights.full).toBe(false);
    inflights.add(logIndex(3), 10);
    expect(inflights.full).toBe(true);
    const large = new Inflights({ messagesMax: 9, bytesMax: 5 });
    large.add(logIndex(1), 500);
    expect(large.full).toBe(true);
  });

  it.each([
    { matchIndex: 3, left: 4 },
    { matchIndex: 4, left: 3 },
    { matchIndex: 6, left: 3 },
    { matchIndex: 8, left: 1 },
    { matchIndex: 100, left: 0 },
  ])(
    'an answer for $matchIndex frees all messages up to it: $left left',
    ({ matchIndex, left }) => {
      const inflights = window(4, 1000, 4, 7, 8, 12);
      inflights.freeThrough(logIndex(matchIndex));
      expect([inflights.count, inflights.full]).toEqual([left, left === 4]);
    },
  );

  it('gives freed bytes back', () => {
    const inflights = window(9, 25, 1, 2, 3);
    expect(inflights.full).toBe(true);
    inflights.freeThrough(logIndex(1));
    expect(inflights.full).toBe(false);
    inflights.clear();
    expect([inflights.count, inflights.full]).toEqual([0, false]);
  });

  it('last indexes grow', () => {
    const inflights = window(9, 1000, 4);
    expect(() => inflights.add(logIndex(4), 1)).toThrow('Inflights: last indexes grow');
  });
});
