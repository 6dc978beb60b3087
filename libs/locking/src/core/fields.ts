import { isAbsent, MalformedValue, type Fields } from '@sinkron/fields';
import { characterCount, isWellFormed } from '@sinkron/utf8';

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
  return isAbsent(fields, key) ? null : textField(fields, key, limits);
}
