import 'reflect-metadata';
import { Type } from 'class-transformer';
import { Allow, IsString } from 'class-validator';
import type { FieldError } from '../problem/problem-error.js';
import { bodyInstance } from './body-instance.js';

class Leaf {
  @IsString()
  name!: string;

  @Allow()
  weight = 4;
}

class Base {
  @Allow()
  note?: unknown;
}

class Tree extends Base {
  @Allow()
  @Type(() => Leaf)
  leaves?: unknown;
}

function read(body: object): { instance: object; unknown: readonly FieldError[] } {
  const unknown: FieldError[] = [];
  return { instance: bodyInstance(Tree, body, unknown), unknown };
}

describe('bodyInstance', () => {
  it('makes instances where a class is declared, with their defaults, and keeps the rest', () => {
    const note = { leaves: [{ constructor: 1 }], toString: null };
    const { instance, unknown } = read({ note, leaves: [{ name: 'a' }, [{ name: 'b' }], 5, null] });
    expect(unknown).toEqual([]);
    expect(instance).toBeInstanceOf(Tree);
    expect(Reflect.get(instance, 'note')).toBe(note);
    const [first, nested, ...others] = Reflect.get(instance, 'leaves');
    expect(first).toBeInstanceOf(Leaf);
    expect(first).toEqual({ name: 'a', weight: 4 });
    expect(nested[0]).toBeInstanceOf(Leaf);
    expect(others).toEqual([5, null]);
  });

  it('keeps a value of the wrong type as it is, for the validators', () => {
    for (const leaves of ['text', 7, true, null]) {
      expect(Reflect.get(read({ leaves }).instance, 'leaves')).toBe(leaves);
    }
    expect(Reflect.get(read({ leaves: { name: 'a' } }).instance, 'leaves')).toBeInstanceOf(Leaf);
  });

  it('names every field that its class does not know, by its path', () => {
    const { unknown } = read(
      JSON.parse('{"x":1,"toString":1,"leaves":[{"constructor":1},{"name":"a","y":{}}]}'),
    );
    expect(unknown.map(({ field }) => field)).toEqual([
      'x',
      'toString',
      'leaves[0].constructor',
      'leaves[1].y',
    ]);
  });

  it('takes time in proportion to the number of fields', () => {
    const leaf = Object.fromEntries(Array.from({ length: 90_000 }, (_, i) => [`f${i}`, i]));
    const startMs = performance.now();
    expect(read({ ...leaf, leaves: [leaf] }).unknown).toHaveLength(180_000);
    // Time that grows with the square would be half a minute.
    expect(performance.now() - startMs).toBeLessThan(5_000);
  });
});
