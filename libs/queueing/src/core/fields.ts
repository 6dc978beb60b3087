/** A value from the log, the disk or a peer that has not the shape it must have. */
export class MalformedValue extends Error {
  override readonly name = 'MalformedValue';

  constructor(field: string, expected: string) {
    super(`${field} must be ${expected}`);
  }
}

export type Fields = Readonly<Record<string, unknown>>;

/** @throws MalformedValue unless `value` is a plain object. */
export function fieldsOf(value: unknown, what: string): Fields {
  if (!isFields(value)) throw new MalformedValue(what, 'an object');
  return value;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** @throws MalformedValue unless the field is a string of at most `charsMax` UTF-16 units. */
export function textField(fields: Fields, key: string, charsMax: number): string {
  const value = fields[key];
  if (typeof value !== 'string' || value.length > charsMax) {
    throw new MalformedValue(key, `a string of at most ${charsMax} characters`);
  }
  return value;
}

/** Like {@link textField}; null and a missing field are null. */
export function optionalTextField(fields: Fields, key: string, charsMax: number): string | null {
  return isAbsent(fields, key) ? null : textField(fields, key, charsMax);
}

/** @throws MalformedValue unless the field is an integer of `[min, max]`. */
export function integerField(
  fields: Fields,
  key: string,
  { min, max }: { readonly min: number; readonly max: number },
): number {
  const value = fields[key];
  if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max) {
    throw new MalformedValue(key, `an integer of ${min} to ${max}`);
  }
  return value;
}

/** Like {@link integerField}; null and a missing field are null. */
export function optionalIntegerField(
  fields: Fields,
  key: string,
  limits: { readonly min: number; readonly max: number },
): number | null {
  return isAbsent(fields, key) ? null : integerField(fields, key, limits);
}

/** @throws MalformedValue unless the field is an array of at most `countMax` items. */
export function listField(fields: Fields, key: string, countMax: number): readonly unknown[] {
  const value: unknown = fields[key];
  if (!Array.isArray(value) || value.length > countMax) {
    throw new MalformedValue(key, `an array of at most ${countMax} items`);
  }
  return value;
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

/** @throws MalformedValue unless the field is bytes. */
export function bytesField(fields: Fields, key: string): Uint8Array {
  const value = fields[key];
  if (!(value instanceof Uint8Array)) throw new MalformedValue(key, 'bytes');
  return value;
}

function isAbsent(fields: Fields, key: string): boolean {
  return fields[key] === null || fields[key] === undefined;
}
