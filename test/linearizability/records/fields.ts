/** A line that is no record of a history. */
export class MalformedRecord extends Error {
  override readonly name = 'MalformedRecord';
}

/** The fields of an object that comes from outside, each read as what it must be. */
export class Fields {
  private readonly values: ReadonlyMap<string, unknown>;

  constructor(
    value: unknown,
    private readonly path: string,
  ) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new MalformedRecord(`${path} must be an object`);
    }
    this.values = new Map(Object.entries(value));
  }

  text(name: string): string {
    const value = this.values.get(name);
    if (typeof value === 'string') return value;
    throw this.wrong(name, 'a string');
  }

  textOrNull(name: string): string | null {
    return this.isNull(name) ? null : this.text(name);
  }

  choice<Choice extends string>(name: string, choices: readonly Choice[]): Choice {
    const value = this.values.get(name);
    const choice = choices.find((known) => known === value);
    if (choice !== undefined) return choice;
    throw this.wrong(name, `one of ${choices.join(', ')}`);
  }

  /** A finite number, not negative. */
  number(name: string): number {
    const value = this.values.get(name);
    if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value;
    throw this.wrong(name, 'a number of 0 or more');
  }

  numberOrNull(name: string): number | null {
    return this.isNull(name) ? null : this.number(name);
  }

  integer(name: string): number {
    const value = this.number(name);
    if (Number.isSafeInteger(value)) return value;
    throw this.wrong(name, 'an integer');
  }

  object(name: string): Fields {
    return new Fields(this.values.get(name), this.at(name));
  }

  objectOrNull(name: string): Fields | null {
    return this.isNull(name) ? null : this.object(name);
  }

  list(name: string): readonly Fields[] {
    const value = this.values.get(name);
    if (!Array.isArray(value)) throw this.wrong(name, 'a list');
    return value.map((item: unknown, place) => new Fields(item, `${this.at(name)}[${place}]`));
  }

  listOrNull(name: string): readonly Fields[] | null {
    return this.isNull(name) ? null : this.list(name);
  }

  /** @throws MalformedRecord when the values contradict each other. */
  expect(condition: boolean, what: string): void {
    if (!condition) throw new MalformedRecord(`${this.path}: ${what}`);
  }

  private isNull(name: string): boolean {
    return this.values.get(name) === null;
  }

  private wrong(name: string, expected: string): MalformedRecord {
    return new MalformedRecord(`${this.at(name)} must be ${expected}`);
  }

  private at(name: string): string {
    return this.path === '' ? name : `${this.path}.${name}`;
  }
}
