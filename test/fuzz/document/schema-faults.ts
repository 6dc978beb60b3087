import type { ApiDocument } from './api-document.js';
import type { Schema } from './schema.js';

const INSTANT_PATTERN = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/**
 * What is wrong with an answer's value by its schema, as sentences that begin with where it is.
 *
 * Stricter than JSON Schema: members that the document does not know are faults too.
 */
export function schemaFaults(
  document: ApiDocument,
  reference: Schema,
  value: unknown,
  at = 'body',
): readonly string[] {
  const schema = document.resolve(reference);
  if (schema.oneOf !== undefined) {
    const fits = schema.oneOf.some((part) => schemaFaults(document, part, value, at).length === 0);
    return fits ? [] : [`${at} is none of what it may be`];
  }
  if (Object.keys(schema).length === 0) return [];
  if (value === null) return schema.nullable === true ? [] : [`${at} is null`];
  if (schema.enum !== undefined && !schema.enum.includes(value)) {
    return [`${at} is ${JSON.stringify(value)}, none of ${schema.enum.join(', ')}`];
  }
  const inherited = (schema.allOf ?? []).flatMap((part) => schemaFaults(document, part, value, at));
  return [...inherited, ...faultsOfType(document, schema, value, at)];
}

function faultsOfType(
  document: ApiDocument,
  schema: Schema,
  value: unknown,
  at: string,
): readonly string[] {
  switch (schema.type) {
    case undefined:
      return [];
    case 'string':
      return typeof value === 'string' ? faultsOfText(schema, value, at) : [`${at} is no string`];
    case 'boolean':
      return typeof value === 'boolean' ? [] : [`${at} is neither true nor false`];
    case 'integer':
    case 'number':
      return faultsOfNumber(schema, value, at);
    case 'array':
      return Array.isArray(value)
        ? value.flatMap((item, index) =>
            schemaFaults(document, schema.items ?? {}, item, `${at}[${index}]`),
          )
        : [`${at} is no array`];
    case 'object':
      return faultsOfObject(document, schema, value, at);
    default:
      throw new Error(`a type that the document did not use before: ${String(schema.type)}`);
  }
}

function faultsOfText(schema: Schema, value: string, at: string): readonly string[] {
  return schema.format === 'date-time' && !INSTANT_PATTERN.test(value)
    ? [`${at} is no instant: ${value}`]
    : [];
}

function faultsOfNumber(schema: Schema, value: unknown, at: string): readonly string[] {
  if (typeof value !== 'number') return [`${at} is no number`];
  if (schema.type === 'integer' && !Number.isSafeInteger(value)) return [`${at} is no integer`];
  if (value < (schema.minimum ?? -Infinity) || value > (schema.maximum ?? Infinity)) {
    return [`${at} is out of its bounds: ${value}`];
  }
  return [];
}

function faultsOfObject(
  document: ApiDocument,
  schema: Schema,
  value: unknown,
  at: string,
): readonly string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return [`${at} is no object`];
  }
  const { properties = {}, required = [], additionalProperties = false } = schema;
  const missing = required.filter((name) => !Object.hasOwn(value, name));
  return [
    ...missing.map((name) => `${at}.${name} is missing`),
    ...Object.entries(value).flatMap(([name, member]: [string, unknown]) => {
      const known = Object.hasOwn(properties, name) ? properties[name] : undefined;
      if (known !== undefined) return schemaFaults(document, known, member, `${at}.${name}`);
      if (additionalProperties === true) return [];
      if (additionalProperties === false) return [`${at}.${name} is not in the document`];
      return schemaFaults(document, additionalProperties, member, `${at}.${name}`);
    }),
  ];
}
