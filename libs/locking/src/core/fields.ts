import { characterCount, isWellFormed } from '@sinkron/utf8';

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

/** @throws MalformedValue unless the field is a well-formed string of `[charsMin, charsMax]`. */
export function textField(
  fields: Fields,
  key: string,
  { charsMin, charsMax }: { charsMin: number; charsMax: number },
): string {
  const value = fields[key];
  if (typeof value !== 'string' || !isText(value, { charsMin, charsMax })) {
    throw new MalformedValue(key, `a string of ${charsMin} to ${charsMax} characters`);
  }
  return value;
}

/** Whether `text` is well-formed and has `[charsMin, charsMax]` characters (code points). */
export function isText(
  text: string,
  { charsMin, charsMax }: { charsMin: number; charsMax: number },
): boolean {
  if (text.length > 2 * charsMax || !isWellFormed(text)) return false;
  const count = characterCount(text);
  return count >= charsMin && count <= charsMax;
}

/** Like {@link textField}; null and a missing field are null. */
export function optionalTextField(
  fields: Fields,
  key: string,
  limits: { charsMin: number; charsMax: number },
): string | null {
  return fields[key] === null || fields[key] === undefined ? null : textField(fields, key, limits);
}

/** @throws MalformedValue unless the field is an integer of `[min, max]`. */
export function integerField(
  fields: Fields,
  key: string,
  { min, max }: { min: number; max: number },
): number {
  const value = fields[key];
  if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max) {
    throw new MalformedValue(key, `an integer of ${min} to ${max}`);
  }
  return value;
}

/** @throws MalformedValue unless the field is an array of at most `countMax` items. */
export function listField(
  fields: Fields,
  key: string,
  { countMax }: { countMax: number },
): readonly unknown[] {
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
