import { isWellFormed, utf8Bytes } from '@sinkron/utf8';

/** A value from the log, the disk or a peer that has not the shape it must have. */
export class MalformedValue extends Error {
  override readonly name = 'MalformedValue';

  constructor(field: string, expected: string) {
    super(`${field} must be ${expected}`);
  }
}

export type Fields = Readonly<Record<string, unknown>>;

/** Any count, number or time. */
export const WHOLE = { min: 0, max: Number.MAX_SAFE_INTEGER };

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
  return text(fields[key], key, charsMax);
}

/** @throws MalformedValue unless `value` is a string of at most `charsMax` UTF-16 units. */
export function text(value: unknown, what: string, charsMax: number): string {
  if (typeof value !== 'string' || value.length > charsMax) {
    throw new MalformedValue(what, `a string of at most ${charsMax} characters`);
  }
  return value;
}

/** Like {@link textField}; null and a missing field are null. */
export function optionalTextField(fields: Fields, key: string, charsMax: number): string | null {
  return isAbsent(fields, key) ? null : textField(fields, key, charsMax);
}

/** @throws MalformedValue unless the field is a well-formed string of 1 to `bytesMax` UTF-8 bytes. */
export function nameField(fields: Fields, key: string, bytesMax: number): string {
  const value = fields[key];
  if (typeof value === 'string' && value.length > 0 && value.length <= bytesMax) {
    if (isWellFormed(value) && utf8Bytes(value) <= bytesMax) return value;
  }
  throw new MalformedValue(key, `a string of 1 to ${bytesMax} bytes`);
}

/** Like {@link nameField}; null and a missing field are null. */
export function optionalNameField(fields: Fields, key: string, bytesMax: number): string | null {
  return isAbsent(fields, key) ? null : nameField(fields, key, bytesMax);
}

/** @throws MalformedValue unless the field is an integer of `[min, max]`. */
export function integerField(
  fields: Fields,
  key: string,
  limits: { readonly min: number; readonly max: number },
): number {
  return integer(fields[key], key, limits);
}

/** @throws MalformedValue unless `value` is an integer of `[min, max]`. */
export function integer(
  value: unknown,
  what: string,
  { min, max }: { readonly min: number; readonly max: number },
): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max) {
    throw new MalformedValue(what, `an integer of ${min} to ${max}`);
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

/** @throws MalformedValue unless the field is bytes. */
export function bytesField(fields: Fields, key: string): Uint8Array {
  return bytes(fields[key], key);
}

/** @throws MalformedValue unless `value` is bytes. */
export function bytes(value: unknown, what: string): Uint8Array {
  if (!(value instanceof Uint8Array)) throw new MalformedValue(what, 'bytes');
  return value;
}

function isAbsent(fields: Fields, key: string): boolean {
  return fields[key] === null || fields[key] === undefined;
}
