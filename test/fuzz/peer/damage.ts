import * as fc from 'fast-check';

/** What is done to bytes on their way. */
export interface Damage {
  readonly kind: 'flip' | 'set' | 'remove' | 'insert' | 'repeat' | 'cut';
  readonly at: number;
  readonly byte: number;
  readonly count: number;
}

/** MessagePack tokens of lengths, containers and extensions, where decoders go wrong. */
const TOKENS = [
  0x80, 0x90, 0xa0, 0xc0, 0xc1, 0xc4, 0xc6, 0xc7, 0xc9, 0xcb, 0xcf, 0xd3, 0xd4, 0xd8,
].concat([0xd9, 0xdb, 0xdc, 0xdd, 0xde, 0xdf, 0xff, 0x00, 0x72, 0x7f]);

export const damages: fc.Arbitrary<readonly Damage[]> = fc.array(
  fc.record({
    kind: fc.constantFrom('flip', 'set', 'remove', 'insert', 'repeat', 'cut'),
    at: fc.nat(5_000),
    byte: fc.oneof(fc.nat(255), fc.constantFrom(...TOKENS)),
    count: fc.integer({ min: 1, max: 8 }),
  }),
  { minLength: 1, maxLength: 4 },
);

export function damaged(bytes: Buffer, list: readonly Damage[]): Buffer {
  let result = bytes;
  for (const { kind, at, byte, count } of list) {
    const place = at % Math.max(1, result.length);
    const [before, after] = [result.subarray(0, place), result.subarray(place)];
    const flipped = Buffer.from([(after[0] ?? 0) ^ (1 << (byte % 8))]);
    const parts = {
      flip: [before, flipped, after.subarray(1)],
      set: [before, Buffer.from([byte]), after.subarray(1)],
      remove: [before, after.subarray(count)],
      insert: [before, Buffer.alloc(count, byte), after],
      repeat: [before, after.subarray(0, count * 16), after],
      cut: [before],
    }[kind];
    result = Buffer.concat(parts);
  }
  return result;
}
