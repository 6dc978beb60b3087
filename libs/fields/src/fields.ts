/** A value from the log, the disk or a peer that has not the shape it must have. */
export class MalformedValue extends Error {
  override readonly name = 'MalformedValue';

  constructor(field: string, expected: string) {
    super(`${field} must be ${expected}`);
  }
}

export type Fields = Readonly<Record<string, unknown>>;

interface Limits {
  readonly min: number;
  readonly max: number;
}

/** Any count, number or time. */
export const WHOLE: Limits = { min: 0, max: Number.MAX_SAFE_INTEGER };

/** @throws MalformedValue unless `value` is a plain object. */
export function fieldsOf(value: unknown, what: string): Fields {
  if (!isFields(value)) throw new MalformedValue(what, 'an object');
  return value;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether the field is null or missing, which is the same in what is optional. */
export function isAbsent(fields: Fields, key: string): boolean {
  return fields[key] === null || fields[key] === undefined;
}

/** @throws MalformedValue unless the field is an integer of `[min, max]`. */
export function integerField(fields: Fields, key: string, limits: Limits): number {
  return integer(fields[key], key, limits);
}

/** @throws MalformedValue unless `value` is an integer of `[min, max]`. */
export function integer(value: unknown, what: string, { min, max }: Limits): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max) {
    throw new MalformedValue(what, `an integer of ${min} to ${max}`);
  }
  return value;
}

/** Like {@link integerField}; null and a missing field are null. */
export function optionalIntegerField(fields: Fields, key: string, limits: Limits): number | null {
  return isAbsent(fields, key) ? null : integerField(fields, key, limits);
}

/** @throws MalformedValue unless the field is an array of at most `countMax` items. */
export function listField(fields: Fields, key: string, countMax: number): readonly unknown[] {
  return list(fields[key], key, countMax);
}

/** @throws MalformedValue unless `value` is an array of at most `countMax` items. */
export function list(value: unknown, what: string, countMax: number): readonly unknown[] {
  const items: unknown = value;
  if (!Array.isArray(items) || items.length > countMax) {
    throw new MalformedValue(what, `an array of at most ${countMax} items`);
  }
  return items;
}

/** @throws MalformedValue unless the field is one of `choices`. */
export function choiceField<Choice extends string>(
  fields: Fields,
  key: string,
  choices: readonly Choice[],
): Choice {
  const value = fields[key];
  const choice = choices.find((candidate) => candidate === value);
  if (choice === undefined) throw new MalformedValue(key, choices.join(' or '));
  return choice;
}

/** @throws MalformedValue unless the field is true or false. */
export function booleanField(fields: Fields, key: string): boolean {
  const value = fields[key];
  if (typeof value !== 'boolean') throw new MalformedValue(key, 'true or false');
  return value;
}
