import fc from 'fast-check';
import {
  add,
  multiply,
  rotateLeft,
  shiftRight,
  subtract,
  word64,
  xor,
  type Word64,
} from './word-64.js';

const half = fc.oneof(
  fc.constantFrom(0, 1, 0xffff, 0x1_0000, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff),
  fc.integer({ min: 0, max: 0xffff_ffff }),
);
const word = fc.tuple(half, half).map(([high, low]) => word64(high, low));

const toBigInt = ({ high, low }: Word64): bigint => (BigInt(high) << 32n) | BigInt(low);
const modulo = (value: bigint): bigint => BigInt.asUintN(64, value);

const RUNS = { numRuns: 2000, seed: 64 };

describe('the arithmetic of 64 bits, as bigint has it', () => {
  it.each([
    ['add', add, (a: bigint, b: bigint) => a + b],
    ['subtract', subtract, (a: bigint, b: bigint) => a - b],
    ['multiply', multiply, (a: bigint, b: bigint) => a * b],
    ['xor', xor, (a: bigint, b: bigint) => a ^ b],
  ])('%s', (_, operation, model) => {
    fc.assert(
      fc.property(word, word, (a, b) => {
        expect(toBigInt(operation(a, b))).toBe(modulo(model(toBigInt(a), toBigInt(b))));
      }),
      RUNS,
    );
  });

  it('rotateLeft', () => {
    fc.assert(
      fc.property(word, fc.integer({ min: 1, max: 31 }), (a, bits) => {
        const value = toBigInt(a);
        const turned = (value << BigInt(bits)) | (value >> BigInt(64 - bits));
        expect(toBigInt(rotateLeft(a, bits))).toBe(modulo(turned));
      }),
      RUNS,
    );
  });

  it('shiftRight', () => {
    fc.assert(
      fc.property(word, fc.integer({ min: 1, max: 63 }), (a, bits) => {
        expect(toBigInt(shiftRight(a, bits))).toBe(toBigInt(a) >> BigInt(bits));
      }),
      RUNS,
    );
  });
});
