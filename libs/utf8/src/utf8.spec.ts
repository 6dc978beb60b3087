import fc from 'fast-check';
import { characterCount, compareByteOrder, isWellFormed, utf8Bytes } from './utf8.js';

const anyText = fc.string({ unit: 'binary' });

/** Texts of the code points around which UTF-8 and UTF-16 differ. */
const textAtBounds = fc.string({
  unit: fc.constantFrom('a', 'é', '\uD7FF', '\uE000', '\uFFFF', '\u{10000}', '\u{10FFFF}'),
});

const byBytes = (left: string, right: string): number =>
  Buffer.compare(Buffer.from(left, 'utf8'), Buffer.from(right, 'utf8'));

describe('compareByteOrder', () => {
  it('puts U+FFFD before U+1F600, as UTF-8 does and UTF-16 does not', () => {
    expect(['😀', '\ufffd'].sort()).toEqual(['😀', '\ufffd']);
    expect(compareByteOrder('\ufffd', '😀')).toBeLessThan(0);
  });

  it('puts astral characters behind the private use area, unlike <', () => {
    const astral = '\u{10000}';
    const privateUse = '\uE000';
    expect(astral < privateUse).toBe(true);
    expect(compareByteOrder(astral, privateUse)).toBeGreaterThan(0);
    expect(compareByteOrder(privateUse, astral)).toBeLessThan(0);
  });

  it('puts a prefix before what it begins', () => {
    expect(compareByteOrder('a', 'ab')).toBeLessThan(0);
    expect(compareByteOrder('ab', 'ab')).toBe(0);
    expect(compareByteOrder('', '\0')).toBeLessThan(0);
  });

  it.each([
    ['any characters', anyText],
    ['characters at the bounds', textAtBounds],
  ])('compares like the bytes of UTF-8: %s', (_which, text) => {
    fc.assert(
      fc.property(text, text, (left, right) => {
        expect(Math.sign(compareByteOrder(left, right))).toBe(byBytes(left, right));
      }),
      { seed: 1, numRuns: 500 },
    );
  });
});

describe('Texts in UTF-8', () => {
  it('are measured like their bytes', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(utf8Bytes(text)).toBe(Buffer.byteLength(text));
      }),
      { seed: 1 },
    );
  });

  it('are counted by characters, not by units', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(characterCount(text)).toBe(Array.from(text).length);
      }),
      { seed: 1 },
    );
  });

  it.each([
    ['', true],
    ['a😀b', true],
    ['\ud83d', false],
    ['\ude00', false],
    ['\ude00\ud83d', false],
    ['a\ud83db', false],
    ['\ud83d\ud83d\ude00', false],
  ])('%j is well-formed: %s', (text, expected) => {
    expect(isWellFormed(text)).toBe(expected);
  });
});
