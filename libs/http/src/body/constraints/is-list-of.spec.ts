import 'reflect-metadata';
import { ProblemError } from '../../problem/problem-error.js';
import { IsName } from '../../request/name.js';
import { BodyValidationPipe } from '../body-validation.pipe.js';
import { IsListOf } from './is-list-of.js';

class ItemDto {
  @IsName()
  name!: string;
}

class ListDto {
  @IsListOf(() => ItemDto, { countMin: 1, countMax: 3 })
  items!: readonly ItemDto[];
}

async function errorsOf(items: unknown): Promise<unknown> {
  try {
    await new BodyValidationPipe().transform({ items }, { type: 'body', metatype: ListDto });
    return [];
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    return error.details()['errors'];
  }
}

const TOO_LONG = { field: 'items', message: 'must be a list of 1 to 3 objects' };
const named = (count: number): readonly object[] =>
  Array.from({ length: count }, (_, index) => ({ name: `n${index}` }));

describe('IsListOf', () => {
  it('takes lists that are long enough, and no longer', async () => {
    expect(await errorsOf(named(1))).toEqual([]);
    expect(await errorsOf(named(3))).toEqual([]);
    expect(await errorsOf(named(0))).toEqual([TOO_LONG]);
    expect(await errorsOf(named(4))).toEqual([TOO_LONG]);
  });

  // Found by fuzzing: 500 INTERNAL (more errors than a call can have arguments) after seconds in
  // which the node did nothing else.
  it.each<[string, () => readonly unknown[]]>([
    ['right objects', () => named(200_000)],
    ['objects without anything', () => Array.from({ length: 200_000 }, () => ({}))],
    ['numbers', () => Array.from({ length: 500_000 }, () => 1)],
    ['lists', () => Array.from({ length: 500_000 }, () => [])],
    ['a list of objects', () => [Array.from({ length: 200_000 }, () => ({}))]],
  ])('refuses far too many items soon: %s', async (_what, items) => {
    const body = items();
    const startMs = performance.now();
    const errors = await errorsOf(body);
    expect(performance.now() - startMs).toBeLessThan(1_000);
    expect(errors).toContainEqual(TOO_LONG);
    expect(JSON.stringify(errors).length).toBeLessThan(3_000);
  });
});
