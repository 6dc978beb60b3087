import { ValidateBy, ValidateIf } from 'class-validator';
import { isText } from '../core/fields.js';
import { METADATA_BYTES_MAX, OWNER_CHARS_MAX } from '../core/limits.js';

/** A field that may be left out. Unlike IsOptional, null is not nothing: it has the wrong type. */
export function MayBeAbsent(): PropertyDecorator {
  return ValidateIf((_body, value) => value !== undefined);
}

/**
 * A string of 1 to `charsMax` characters with a UTF-8 form.
 *
 * Not class-validator's Length: that one does not count variation selectors, so a string of them
 * may be as long as the body, and it lets half a surrogate pair pass, which two owners would share.
 */
export function IsShortText(charsMax: number): PropertyDecorator {
  const limits = { charsMin: 1, charsMax };
  return ValidateBy({
    name: 'isShortText',
    validator: {
      validate: (value: unknown) => typeof value === 'string' && isText(value, limits),
      defaultMessage: () => `$property must be a string of 1 to ${charsMax} characters`,
    },
  });
}

/** An owner: a string of 1 to 128 characters. */
export function IsOwner(): PropertyDecorator {
  return IsShortText(OWNER_CHARS_MAX);
}

/** A JSON object whose text has at most 1,024 bytes. */
export function IsMetadata(): PropertyDecorator {
  return ValidateBy({
    name: 'isMetadata',
    validator: {
      validate: (value: unknown) => metadataText(value) !== null,
      defaultMessage: () =>
        `$property must be an object of at most ${METADATA_BYTES_MAX} bytes as JSON`,
    },
  });
}

/** The JSON text of metadata; null when it is no object or too long. */
export function metadataText(value: unknown): string | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  // Bodies are at most 100 levels deep, so this does not run out of stack.
  const text = JSON.stringify(value);
  return Buffer.byteLength(text) <= METADATA_BYTES_MAX ? text : null;
}
