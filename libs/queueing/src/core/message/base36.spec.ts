import fc from 'fast-check';
import { base36 } from './base36.js';

describe('base36', () => {
  it.each([0, 1, 35, 36, 1_295, 1_296, 46_655, 46_656, 2 ** 31, 2 ** 32 - 1, 2 ** 53 - 1])(
    'writes %i as toString(36) does',
    (value) => {
      expect(base36(value)).toBe(value.toString(36));
    },
  );

  it('writes any natural number as toString(36) does', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (value) => {
        expect(base36(value)).toBe(value.toString(36));
      }),
    );
  });
});
