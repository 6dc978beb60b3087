import * as fc from 'fast-check';
import { compareUtf8 } from './utf8-order.js';

const byBytes = (a: string, b: string): number =>
  Buffer.compare(Buffer.from(a, 'utf8'), Buffer.from(b, 'utf8'));

describe('compareUtf8', () => {
  it('puts astral characters behind the private use area, unlike <', () => {
    const astral = '\u{10000}';
    const privateUse = '\uE000';
    expect(astral < privateUse).toBe(true);
    expect(compareUtf8(astral, privateUse)).toBeGreaterThan(0);
    expect(compareUtf8(privateUse, astral)).toBeLessThan(0);
  });

  it('puts a prefix before what it begins', () => {
    expect(compareUtf8('a', 'ab')).toBeLessThan(0);
    expect(compareUtf8('ab', 'ab')).toBe(0);
    expect(compareUtf8('', '\0')).toBeLessThan(0);
  });

  it('agrees with the bytes for every well-formed string', () => {
    const text = fc.string({
      unit: fc.constantFrom('a', 'é', '\uD7FF', '\uE000', '\uFFFF', '\u{10000}', '\u{10FFFF}'),
    });
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(Math.sign(compareUtf8(a, b))).toBe(byBytes(a, b));
      }),
      { seed: 1, numRuns: 500 },
    );
  });
});
