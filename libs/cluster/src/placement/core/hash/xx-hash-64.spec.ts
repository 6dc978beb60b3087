import type { Word64 } from './word-64.js';
import { stableHash64 } from './stable-hash.js';
import { xxHash64 } from './xx-hash-64.js';

/** The bytes of xxHash's own sanity check (`XSUM_fillTestBuffer`). */
function sanityBytes(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let generator = 2654435761n;
  for (let at = 0; at < length; at += 1) {
    bytes[at] = Number(generator >> 56n);
    generator = BigInt.asUintN(64, generator * 11400714785074694797n);
  }
  return bytes;
}

const hexadecimal = ({ high, low }: Word64): string =>
  [high, low].map((half) => half.toString(16).padStart(8, '0')).join('');

describe('XXH64 with the seed 0', () => {
  it.each([
    [0, 'ef46db3751d8e999'],
    [1, 'e934a84adb052768'],
    [4, '9136a0dca57457ee'],
    [14, '8282dcc4994e35c8'],
    [222, 'b641ae8cb691c174'],
  ])("xxHash's own sanity check: %i bytes", (length, expected) => {
    expect(hexadecimal(xxHash64(sanityBytes(length)))).toBe(expected);
  });

  it('every length up to 256, so every way through the rest: as libxxhash 0.8.3 has it', () => {
    const bytes = sanityBytes(256);
    const hashes = Array.from({ length: 257 }, (_, length) => xxHash64(bytes.subarray(0, length)));
    expect(hexadecimal(stableHash64(hashes.map(hexadecimal).join('')))).toBe('e4c1b60e465f6244');
  });

  it('reads the bytes that it is given, not those of the buffer behind them', () => {
    expect(xxHash64(new Uint8Array([9, 97, 98, 99, 9]).subarray(1, 4))).toEqual(
      stableHash64('abc'),
    );
  });
});

describe('stableHash64', () => {
  it.each([
    ['', 'ef46db3751d8e999'],
    ['a', 'd24ec4f1a98c6e5b'],
    ['abc', '44bc2cf5ad770999'],
    ['Nobody inspects the spammish repetition', 'fbcea83c8a378bf1'],
    ['größe/€😀', '624eb301bce811dd'],
    ['\ufffd', '3cf809391954c4fe'],
    ['\ud800', '3cf809391954c4fe'],
  ])('the hash of the UTF-8 bytes of %j', (text, expected) => {
    expect(hexadecimal(stableHash64(text))).toBe(expected);
  });
});
