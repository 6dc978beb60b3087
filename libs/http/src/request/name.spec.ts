import fc from 'fast-check';
import { nameFault } from './name.js';
import { decodeCursor, encodeCursor } from './paging.js';

/** Strings of any code units, half surrogate pairs and control characters among them. */
const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.string({ unit: 'grapheme', maxLength: 100 }),
  fc
    .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 40 })
    .map((units) => String.fromCharCode(...units)),
);

/** What the contract says, with as little of the implementation's means as possible. */
function isName(text: string): boolean {
  const points = Array.from(text, (character) => character.codePointAt(0) ?? 0);
  const control = points.some((point) => point < 0x20 || (point >= 0x7f && point <= 0x9f));
  const half = points.some((point) => point >= 0xd800 && point <= 0xdfff);
  const bytes = points.reduce((sum, point) => sum + utf8Bytes(point), 0);
  return bytes >= 1 && bytes <= 256 && !control && !half && text !== '.' && text !== '..';
}

function utf8Bytes(point: number): number {
  if (point < 0x80) return 1;
  if (point < 0x800) return 2;
  return point < 0x1_0000 ? 3 : 4;
}

describe('A name', () => {
  it('is 1 to 256 bytes of UTF-8 without control characters, and not . or ..', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(nameFault(text) === undefined).toBe(isName(text));
      }),
      { numRuns: 2_000, seed: 1 },
    );
  });

  it('is what comes out of a URL into which it was encoded', () => {
    fc.assert(
      fc.property(anyText.filter(isName), (name) => {
        const encoded = encodeURIComponent(name);
        expect(encoded.length).toBeLessThanOrEqual(768);
        expect(decodeURIComponent(encoded)).toBe(name);
      }),
      { seed: 1 },
    );
  });
});

describe('A cursor', () => {
  it('leads back to the name behind which a page ends, and is safe in a URL', () => {
    fc.assert(
      fc.property(anyText.filter(isName), (name) => {
        const cursor = encodeCursor(name);
        expect(cursor).toMatch(/^[A-Za-z0-9_-]+$/);
        expect(decodeCursor(cursor)).toBe(name);
      }),
      { seed: 1 },
    );
  });

  it('is refused unless it is one that was given out', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (text) => {
        let name: string;
        try {
          name = decodeCursor(text);
        } catch (error) {
          expect(error).toMatchObject({ code: 'VALIDATION_FAILED' });
          return;
        }
        expect(encodeCursor(name)).toBe(text);
      }),
      { numRuns: 1_000, seed: 1 },
    );
  });
});
