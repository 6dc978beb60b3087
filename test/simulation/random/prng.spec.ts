import { Prng } from './prng.js';

describe('Prng', () => {
  it('draws what it always drew, on every engine', () => {
    const random = new Prng(42);
    expect([random.uint32(), random.uint32(), random.uint32(), random.uint32()]).toEqual([
      660444221, 3652823732, 77672526, 910233633,
    ]);
    expect(random.hexadecimal(2)).toMatch(/^[0-9a-f]{16}$/);
  });

  it('draws other numbers from another seed, above 2^32 as well', () => {
    const first = (seed: number): number => new Prng(seed).uint32();
    const seeds = [0, 1, 2, 2 ** 32, 2 ** 32 + 1, 2 ** 53 - 1];
    expect(new Set(seeds.map(first)).size).toBe(seeds.length);
  });

  it('gives named streams that do not move when the parent is drawn from', () => {
    const untouched = new Prng(7).fork('network');
    const parent = new Prng(7);
    parent.uint32();
    const forked = parent.fork('network');
    const draws = (random: Prng): number[] => Array.from({ length: 5 }, () => random.uint32());
    const expected = draws(untouched);
    expect(draws(forked)).toEqual(expected);
    expect(draws(new Prng(7).fork('disk'))).not.toEqual(expected);
    expect(draws(new Prng(8).fork('network'))).not.toEqual(expected);
  });

  it('draws every integer of a range about equally often', () => {
    const random = new Prng(3);
    const counts = new Map<number, number>();
    for (let draw = 0; draw < 30_000; draw += 1) {
      const drawn = random.integer(-1, 2);
      counts.set(drawn, (counts.get(drawn) ?? 0) + 1);
    }
    expect([...counts.keys()].toSorted((a, b) => a - b)).toEqual([-1, 0, 1]);
    for (const count of counts.values()) expect(Math.abs(count - 10_000)).toBeLessThan(400);
  });

  it('samples different values', () => {
    const sample = new Prng(5).sample(['a', 'b', 'c', 'd'], 3);
    expect(sample).toHaveLength(3);
    expect(new Set(sample).size).toBe(3);
    expect(new Prng(5).sample(['a'], 3)).toEqual(['a']);
  });

  it('refuses an empty range', () => {
    expect(() => new Prng(1).integer(4, 4)).toThrow('a range of 1 to 2^32');
  });
});
