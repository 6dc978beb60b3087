import { textFault } from '@sinkron/http';
import { ValidateBy, ValidateIf, type ValidationArguments } from 'class-validator';
import { AHEAD_MS_MAX, HEADERS_BYTES_MAX } from '../core/limits.js';
import { isBase64, isInstant } from './texts.js';

/** Any JSON, for the OpenAPI document. */
export const ANY_JSON = [
  { type: 'object', additionalProperties: true, nullable: true },
  { type: 'array', items: {} },
  { type: 'string' },
  { type: 'number' },
  { type: 'boolean' },
];

/** A field that may be left out. Unlike IsOptional, null is not nothing: it has the wrong type. */
export function MayBeAbsent(): PropertyDecorator {
  return ValidateIf((_body, value) => value !== undefined);
}

/** A text of 1 to `bytesMax` bytes of UTF-8 without control characters. */
export function IsShortText(bytesMax: number): PropertyDecorator {
  return ValidateBy({
    name: 'isShortText',
    validator: {
      validate: (value: unknown) => shortTextFault(value, bytesMax) === undefined,
      defaultMessage: (found) => shortTextFault(found?.value, bytesMax) ?? 'must be a text',
    },
  });
}

/** A point in time in ISO 8601, at most ten years ahead. */
export function IsTimeAhead(): PropertyDecorator {
  return ValidateBy({
    name: 'isTimeAhead',
    validator: {
      validate: (value: unknown) =>
        isInstant(value) && Date.parse(value) - Date.now() <= AHEAD_MS_MAX,
      defaultMessage: () => 'must be a time like 2026-09-01T12:00:00.000Z, at most ten years ahead',
    },
  });
}

/** Bytes as base64 (RFC 4648 §4), with its padding. */
export function IsBase64Text(): PropertyDecorator {
  return ValidateBy({
    name: 'isBase64Text',
    validator: {
      validate: (value: unknown) => typeof value === 'string' && isBase64(value),
      defaultMessage: () => 'must be base64',
    },
  });
}

/** One of two fields: present counts, also when its value is null. */
export function IsSentUnless(other: string): PropertyDecorator {
  return ValidateBy({
    name: 'isSentUnless',
    validator: {
      validate: (value: unknown, found) => (value !== undefined) !== has(found, other),
      defaultMessage: (found) =>
        has(found, other)
          ? `must not be sent together with ${other}`
          : `must be sent, unless ${other} is`,
    },
  });
}

/** One of two fields at most. */
export function IsNotSentWith(other: string): PropertyDecorator {
  return ValidateBy({
    name: 'isNotSentWith',
    validator: {
      validate: (_value: unknown, found) => !has(found, other),
      defaultMessage: () => `must not be sent together with ${other}`,
    },
  });
}

/** An object of texts whose JSON is at most 16 KiB. */
export function IsHeaders(): PropertyDecorator {
  return ValidateBy({
    name: 'isHeaders',
    validator: {
      validate: (value: unknown) => headersText(value) !== undefined,
      defaultMessage: () =>
        `must be an object of strings, of at most ${HEADERS_BYTES_MAX} bytes as JSON`,
    },
  });
}

/** The JSON text of headers; undefined for what are none. */
export function headersText(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  for (const header of Object.values(value)) if (typeof header !== 'string') return undefined;
  const text = JSON.stringify(value);
  return Buffer.byteLength(text) <= HEADERS_BYTES_MAX ? text : undefined;
}

function shortTextFault(value: unknown, bytesMax: number): string | undefined {
  if (typeof value !== 'string') return 'must be a string';
  const bytes = value.length > bytesMax ? value.length : Buffer.byteLength(value);
  if (bytes < 1 || bytes > bytesMax) return `must be 1 to ${bytesMax} bytes of UTF-8`;
  return textFault(value);
}

function has(found: ValidationArguments | undefined, field: string): boolean {
  return found !== undefined && Reflect.get(found.object, field) !== undefined;
}
