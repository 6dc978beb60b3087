import * as fc from 'fast-check';
import type { ApiDocument, Operation } from '../document/api-document.js';
import type { Schema } from '../document/schema.js';
import { INVALID, VALID, type JsonObject, type Twist } from './request-case.js';
import { NAME_BYTES_MAX } from './valid-values.js';

/** Where names are not texts of any characters. */
const isName = ({ maxLength }: Schema): boolean => maxLength === NAME_BYTES_MAX;

const WRONG_TYPES: readonly unknown[] = [null, true, {}, [], ['a'], { a: 1 }];

/** Values that the document does not allow for a field. */
export function wrongValues(schema: Schema): readonly unknown[] {
  const { minimum = 0, maximum = 0, maxLength } = schema;
  if (schema.enum !== undefined) return [...WRONG_TYPES, '', 'none', 'Exclusive', 'shared ', 1];
  switch (schema.type) {
    case 'integer':
      return WRONG_TYPES.concat(
        [minimum - 1, maximum + 1, minimum + 0.5, -maximum, 2 ** 53, 1e300],
        [String(minimum), '', 'x'],
      );
    case 'string':
      if (maxLength === undefined) return [...WRONG_TYPES, 1];
      return WRONG_TYPES.concat(
        [1, '', 'x'.repeat(maxLength + 1), '😀'.repeat(maxLength + 1), '\ud800', 'a\udc00b'],
        isName(schema)
          ? ['.', '..', '\0', 'a\nb', '\u007f', '\u0085', '漢'.repeat(86), '😀'.repeat(65)]
          : [],
      );
    case 'object':
      return [null, true, [], 'x', 1, { a: 'x'.repeat(1_017) }, { a: '漢'.repeat(339) }];
    case 'array': {
      const many = Array.from({ length: (schema.maxItems ?? 0) + 1 }, (_, index) => ({
        name: `n${index}`,
        token: 1,
      }));
      return [null, true, 'x', 1, {}, [], [null], [[]], [1], ['a'], [{}], many];
    }
    case 'boolean':
    case 'number':
    case undefined:
    default:
      return [];
  }
}

/** The largest and smallest that the document allows. */
function edges(schema: Schema): readonly unknown[] {
  const { minimum, maximum, maxLength } = schema;
  if (schema.type === 'integer') return [minimum, maximum].filter((edge) => edge !== undefined);
  if (schema.type === 'object' && schema.properties === undefined) {
    return [{}, { a: 'x'.repeat(1_016) }, { constructor: 1, toString: {}, '': null }];
  }
  if (schema.type !== 'string' || maxLength === undefined) return [];
  return isName(schema)
    ? ['x'.repeat(256), '漢'.repeat(85), '😀'.repeat(64), '...', ' ']
    : ['x'.repeat(maxLength), '😀'.repeat(maxLength), '.', '\0', ' ', '\u202e'];
}

/** Bodies with one field that is not what the document says, or only just. */
export function wrongFields(
  document: ApiDocument,
  operation: Operation,
): readonly fc.Arbitrary<Twist>[] {
  if (operation.body === null) return [];
  const schema = document.resolve(operation.body);
  const { properties = {}, required = [] } = schema;
  const twists = Object.entries(properties).flatMap(([name, reference]) => {
    const property = document.resolve(reference);
    const own = fieldTwists(name, property, (body, value) => ({ ...body, [name]: value }));
    return property.items === undefined
      ? own
      : [...own, ...itemTwists(document, name, document.resolve(property.items))];
  });
  const needed = 'owner' in properties ? [...required, 'owner'] : required;
  const missing = [...new Set(needed)].map((name) =>
    fc.constant<Twist>({
      label: `without ${name}`,
      expectation: INVALID,
      apply: (parts) => ({ ...parts, body: without(parts.body, [name, 'sessionId']) }),
    }),
  );
  return [...twists, ...missing, extraFields(properties)];
}

function fieldTwists(
  name: string,
  schema: Schema,
  put: (body: JsonObject, value: unknown) => JsonObject,
): readonly fc.Arbitrary<Twist>[] {
  const twist = (value: unknown, expectation: Twist['expectation']): Twist => ({
    label: `${name} is ${JSON.stringify(value)?.slice(0, 60)}`,
    expectation,
    apply: (parts) => ({ ...parts, body: put(parts.body ?? {}, value) }),
  });
  const wrong = wrongValues(schema).map((value) => twist(value, INVALID));
  const right = edges(schema).map((value) => twist(value, VALID));
  return [wrong, right].filter((list) => list.length > 0).map((list) => fc.constantFrom(...list));
}

/** Twists of the first item of a list. */
function itemTwists(
  document: ApiDocument,
  list: string,
  { properties = {}, required = [] }: Schema,
): readonly fc.Arbitrary<Twist>[] {
  const change = (body: JsonObject, edit: (item: JsonObject) => JsonObject): JsonObject => {
    // Alone: its new name might be that of another one.
    const [first = {}] = itemsOf(body, list);
    return { ...body, [list]: [edit(first)] };
  };
  const repeated: Twist = {
    label: `${list} with the same name twice`,
    expectation: INVALID,
    apply: (parts) => {
      const items = itemsOf(parts.body ?? {}, list);
      return { ...parts, body: { ...parts.body, [list]: [...items, items[0]] } };
    },
  };
  return [
    ...Object.entries(properties).flatMap(([name, reference]) =>
      fieldTwists(`${list}[0].${name}`, document.resolve(reference), (body, value) =>
        change(body, (item) => ({ ...item, [name]: value })),
      ),
    ),
    ...required.map((name) =>
      fc.constant<Twist>({
        label: `${list}[0] without ${name}`,
        expectation: INVALID,
        apply: (parts) => ({
          ...parts,
          body: change(parts.body ?? {}, (item) => without(item, [name])),
        }),
      }),
    ),
    fc.constant(repeated),
  ];
}

function extraFields(properties: Readonly<Record<string, Schema>>): fc.Arbitrary<Twist> {
  const [first = 'owner'] = Object.keys(properties);
  const builtIns = ['constructor', 'toString', 'hasOwnProperty', 'prototype', 'length'];
  return fc
    .constantFrom('extra', '', '0', 'a.b', 'locks[0]', 'ü\n', ...builtIns)
    .chain((name) =>
      fc.constantFrom(name, first.toUpperCase(), ` ${first}`, `${name}x`.repeat(1_000)),
    )
    .map((name) => ({
      label: `the unknown field ${name.slice(0, 20)}`,
      expectation: INVALID,
      apply: (parts) => ({ ...parts, body: { ...parts.body, [name]: 1 } }),
    }));
}

function without(object: JsonObject | undefined, names: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(object ?? {}).filter(([name]) => !names.includes(name)));
}

function itemsOf(body: JsonObject, list: string): readonly JsonObject[] {
  const items = body[list];
  return Array.isArray(items) ? items : [];
}
