import fc from 'fast-check';
import { FRAME_BYTES_MAX, NESTING_DEPTH_MAX } from '../limits.js';
import { LENGTH_BYTES } from './frame-decoder.js';
import { FrameError } from './frame-error.js';
import { decodeValue, encodeFrame, encodeValue } from './message-pack.js';

const leaf = fc.oneof(
  fc.constantFrom(null, undefined, true, false),
  fc.integer(),
  // MessagePack, like JSON, knows one zero only.
  fc.double({ noNaN: true }).map((number) => number + 0),
  fc.string({ unit: 'binary' }),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }),
  fc.date({ noInvalidDate: true }),
  fc.uint8Array().map((bytes) => Buffer.from(bytes)),
);
const key = fc.string().filter((text) => text !== '__proto__');
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    leaf,
    fc.array(tie('value')),
    fc.dictionary(key, tie('value'), { noNullPrototype: true }),
  ),
}));

/** The error of decoding, or the value; any other error fails the test. */
function decodeOrError(bytes: Uint8Array): unknown {
  try {
    return decodeValue(bytes);
  } catch (error) {
    if (error instanceof FrameError) return error;
    throw error;
  }
}

function nested(depth: number): unknown {
  let inner: unknown = 'core';
  for (let level = 0; level < depth; level += 1) inner = level % 2 === 0 ? [inner] : { inner };
  return inner;
}

// The same values in every run: a failure must be repeatable.
fc.configureGlobal({ seed: 20_240_817 });

describe('message pack', () => {
  it('brings back every value that a body may hold', () => {
    fc.assert(
      fc.property(value, (original) => {
        expect(decodeValue(encodeValue(original))).toEqual(original);
      }),
    );
  });

  it('refuses every value that is cut off', () => {
    fc.assert(
      fc.property(value, fc.nat(), (original, seed) => {
        const bytes = encodeValue(original);
        expect(decodeOrError(bytes.subarray(0, seed % bytes.length))).toBeInstanceOf(FrameError);
      }),
    );
  });

  it('gives a value or a FrameError for any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        decodeOrError(bytes);
      }),
      { numRuns: 5_000 },
    );
  });

  it('gives a value or a FrameError for encoded values with some bytes exchanged', () => {
    const changes = fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { minLength: 1 });
    fc.assert(
      fc.property(value, changes, (original, exchanged) => {
        const bytes = Buffer.from(encodeValue(original));
        for (const [place, byte] of exchanged) bytes[place % bytes.length] = byte;
        decodeOrError(bytes);
      }),
      { numRuns: 5_000 },
    );
  });

  it.each([
    ['an array of 4 billion values', 'ddffffffff'],
    ['a map of 4 billion entries', 'dfffffffff'],
    ['arrays in arrays that claim 33 million values each', 'dd01ffffff'.repeat(20)],
    ['a text of 4 billion bytes', 'dbffffffff61'],
    ['a record definition', 'd4724091a16101'],
    ['a record definition with two bytes', 'd572400091a16101'],
    ['a regular expression', 'c70378a161a0'],
    ['a set', 'c702739101'],
    ['a typed array', 'c7027400ff'],
    ['a pointer to another value', 'd67000000001'],
    ['an unknown extension', 'd45501'],
    ['a token that is never used', 'c1'],
    ['a map as a key', '818001'],
    ['nil as a key', '81c001'],
    ['two values', '0101'],
    ['nothing', ''],
  ])('refuses %s', (_what, hex) => {
    expect(decodeOrError(Buffer.from(hex, 'hex'))).toBeInstanceOf(FrameError);
  });

  it('bounds the depth on both sides', () => {
    const deepest = nested(NESTING_DEPTH_MAX);
    expect(decodeValue(encodeValue(deepest))).toEqual(deepest);
    expect(() => encodeValue(nested(NESTING_DEPTH_MAX + 1))).toThrow('nested too deep');
    const bomb = Buffer.concat([Buffer.alloc(1_000_000, 0x91), Buffer.from([1])]);
    expect(decodeOrError(bomb)).toBeInstanceOf(FrameError);
  });

  it('does not let a key change the prototype', () => {
    const bytes = Buffer.from(`81a9${Buffer.from('__proto__').toString('hex')}81a16101`, 'hex');
    expect(Object.getPrototypeOf(decodeValue(bytes))).toBe(Object.prototype);
  });

  it('refuses to encode what cannot be decoded', () => {
    const cycle: unknown[] = [];
    cycle.push(cycle);
    for (const impossible of [Symbol('s'), 2n ** 64n, new Date(Number.NaN), cycle]) {
      expect(() => encodeValue(impossible)).toThrow(FrameError);
    }
    expect(decodeValue(encodeValue('works afterwards'))).toBe('works afterwards');
  });

  it('puts the length in front of a frame and bounds it', () => {
    const frame = encodeFrame({ a: 1 });
    expect(frame.toString('hex')).toBe('0000000481a16101');
    const large = new Uint8Array(FRAME_BYTES_MAX - 5);
    expect(encodeFrame(large)).toHaveLength(FRAME_BYTES_MAX + LENGTH_BYTES);
    expect(() => encodeFrame(new Uint8Array(FRAME_BYTES_MAX - 4))).toThrow(
      'a frame of 25165825 bytes is above the limit 25165824',
    );
    expect(encodeFrame({ a: 1 })).toEqual(frame);
  });
});
