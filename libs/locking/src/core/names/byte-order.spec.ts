import fc from 'fast-check';
import { characterCount, compareByteOrder, isWellFormed, utf8Bytes } from './byte-order.js';

const anyText = fc.string({ unit: 'binary' });

describe('Byte order of names', () => {
  it('puts U+FFFD before U+1F600, as UTF-8 does and UTF-16 does not', () => {
    expect(['😀', '\ufffd'].sort()).toEqual(['😀', '\ufffd']);
    expect(compareByteOrder('\ufffd', '😀')).toBeLessThan(0);
  });

  it('compares like the bytes of UTF-8', () => {
    fc.assert(
      fc.property(anyText, anyText, (left, right) => {
        const expected = Buffer.compare(Buffer.from(left), Buffer.from(right));
        expect(Math.sign(compareByteOrder(left, right))).toBe(expected);
      }),
      { seed: 1 },
    );
  });

  it('measures like the bytes of UTF-8', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(utf8Bytes(text)).toBe(Buffer.byteLength(text));
      }),
      { seed: 1 },
    );
  });

  it('counts characters, not units', () => {
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
