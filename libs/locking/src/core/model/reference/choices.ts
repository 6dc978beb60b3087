/**
 * Where the rules allow several outcomes, one of them is chosen. A sequence of choices leads to one
 * of the allowed outcomes; `next` leads to another, until all were met.
 */
export class Choices {
  private readonly made: { at: number; readonly count: number }[] = [];

  constructor(private readonly given: readonly number[] = []) {}

  /** The first of `items`, or a later one in later sequences. */
  choose<Item>(items: readonly Item[]): Item | undefined {
    if (items.length === 0) return undefined;
    const at = this.given[this.made.length] ?? 0;
    this.made.push({ at, count: items.length });
    return items[at];
  }

  /** Other choices that were not made before; undefined when all were. */
  get next(): Choices | undefined {
    const last = this.made.findLastIndex(({ at, count }) => at + 1 < count);
    if (last === -1) return undefined;
    const given = this.made.slice(0, last + 1).map(({ at }, place) => {
      return place === last ? at + 1 : at;
    });
    return new Choices(given);
  }
}
