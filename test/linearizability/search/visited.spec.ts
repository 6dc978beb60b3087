import { Visited } from './visited.js';

interface Burdened {
  readonly name: string;
  readonly burdens: readonly number[];
}

describe('Visited', () => {
  it('covers what permits no more than a state with the same operations and identity', () => {
    const visited = new Visited<Burdened>({
      identify: ({ name }) => name,
      burdens: ({ burdens }) => burdens,
    });
    const covers = (operations: string, name: string, ...burdens: number[]): boolean => {
      return visited.covers(operations, { name, burdens });
    };
    expect(covers('1', 'held', 2, 2)).toBe(false);
    expect(covers('1', 'held', 2, 2)).toBe(true);
    expect(covers('1', 'held', 3, 2)).toBe(true);
    expect(covers('1', 'held', 3, 1)).toBe(false);
    expect(covers('2', 'held', 2, 2)).toBe(false);
    expect(covers('1', 'free', 2, 2)).toBe(false);
    expect(covers('1', 'held', 1, 1)).toBe(false);
    expect(covers('1', 'held', 2, 1)).toBe(true);
  });

  it('covers equal states only when they have no burdens', () => {
    const visited = new Visited<number>({ identify: String });
    expect([1, 1, 2].map((state) => visited.covers('', state))).toEqual([false, true, false]);
  });
});
