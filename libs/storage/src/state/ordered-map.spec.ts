import * as fc from 'fast-check';
import { compareByteOrder } from '@sinkron/utf8';
import { ORDERED_PENDING_KEYS_MAX, ORDERED_RUN_KEYS_MAX } from '../limits.js';
import { OrderedMap } from './ordered-map.js';

describe('OrderedMap', () => {
  it('walks in UTF-8 order what was inserted in any order, across many runs', () => {
    const count = ORDERED_PENDING_KEYS_MAX + ORDERED_RUN_KEYS_MAX * 5;
    const map = new OrderedMap<number>();
    for (let at = 0; at < count; at++) {
      const key = (at * 7919) % count;
      map.set(String(key).padStart(6, '0'), key);
    }
    const walked: number[] = [];
    let key = map.next('', false);
    while (key !== undefined) {
      walked.push(map.get(key) ?? -1);
      key = map.next(key, true);
    }
    expect(walked).toEqual(Array.from({ length: count }, (_, at) => at));
    expect(map.size).toBe(count);
  });

  it('finds the next key of any bound as a sorted array does', () => {
    const unit = fc.constantFrom('a', 'b', '\uE000', '\u{10000}');
    const text = fc.string({ unit, maxLength: 4 });
    fc.assert(
      fc.property(fc.uniqueArray(text), text, fc.boolean(), (keys, bound, exclusive) => {
        const map = new OrderedMap<number>();
        for (const [at, key] of keys.entries()) {
          expect(map.set(key, at)).toBeUndefined();
          expect(map.set(key, -at)).toBe(at);
          const expected = keys
            .slice(0, at + 1)
            .toSorted(compareByteOrder)
            .find((each) => compareByteOrder(each, bound) > (exclusive ? 0 : -1));
          // Asked every second time, so that some keys wait and some have their place.
          if (at % 2 === 0) expect(map.next(bound, exclusive)).toBe(expected);
        }
      }),
      { seed: 2, numRuns: 500 },
    );
  });
});
