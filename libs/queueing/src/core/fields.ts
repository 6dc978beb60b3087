import { isAbsent, MalformedValue, type Fields } from '@sinkron/fields';
import { isWellFormed, utf8Bytes } from '@sinkron/utf8';

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

/** @throws MalformedValue unless the field is bytes. */
export function bytesField(fields: Fields, key: string): Uint8Array {
  return bytes(fields[key], key);
}

/** @throws MalformedValue unless `value` is bytes. */
export function bytes(value: unknown, what: string): Uint8Array {
  if (!(value instanceof Uint8Array)) throw new MalformedValue(what, 'bytes');
  return value;
}
