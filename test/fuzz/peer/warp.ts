import * as fc from 'fast-check';

/** Replaces one value somewhere inside another one. */
export interface Warp {
  /** Chooses the way down: at each level a member, or the value itself. */
  readonly way: readonly number[];
  readonly value: unknown;
}

const ODD_VALUES: readonly unknown[] = [
  [null, true, false, 0, 1, -1, 1.5, -0, 2, 99, 2 ** 31, 2 ** 32, 2 ** 53 - 1, 2 ** 53, -(2 ** 53)],
  [Number.NaN, Number.POSITIVE_INFINITY, '', 'coordination', 'locks', '__proto__', 'x'.repeat(300)],
  ['node3', 'node3/', '/', '\ud800', '\0', {}, { kind: '__proto__' }, { __proto: 1 }],
  [Buffer.alloc(0), Buffer.from('c1', 'hex'), Buffer.from('ddffffffff', 'hex'), Buffer.alloc(300)],
].flat();

export const warps: fc.Arbitrary<readonly Warp[]> = fc.array(
  fc.record({
    way: fc.array(fc.nat(30), { minLength: 1, maxLength: 6 }),
    value: fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom(...ODD_VALUES) },
      {
        weight: 1,
        arbitrary: fc.constantFrom<unknown>(
          [],
          [[]],
          [null],
          Array.from({ length: 400 }, () => 1),
        ),
      },
      { weight: 2, arbitrary: fc.nat(200) },
    ),
  }),
  { maxLength: 3 },
);

export function warped(value: unknown, list: readonly Warp[]): unknown {
  return list.reduce<unknown>((result, { way, value: odd }) => replaced(result, way, odd), value);
}

function replaced(value: unknown, [step, ...rest]: readonly number[], odd: unknown): unknown {
  if (step === undefined) return odd;
  if (Array.isArray(value)) {
    if (value.length === 0) return odd;
    const index = step % value.length;
    return value.map((item, at) => (at === index ? replaced(item, rest, odd) : item));
  }
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return odd;
  const names = Object.keys(value);
  const name = names[step % Math.max(1, names.length)];
  if (name === undefined) return odd;
  return { ...value, [name]: replaced(Reflect.get(value, name), rest, odd) };
}
