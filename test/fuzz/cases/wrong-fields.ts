import * as fc from 'fast-check';
import type { ApiDocument, Operation } from '../document/api-document.js';
import type { Schema } from '../document/schema.js';
import { INVALID, VALID, type JsonObject, type Twist } from './request-case.js';
import { counterpartOf, INSTANTS } from './queue-values.js';
import { wrongReceipts, wrongQueueBodies } from './wrong-queue-bodies.js';
import { NAME_BYTES_MAX, TOPIC_BYTES_MAX } from './valid-values.js';

/** What texts are, besides their length. */
type TextKind =
  /** Counted in bytes, no control characters, neither . nor .. */
  | 'name'
  /** Counted in bytes, no control characters. */
  | 'label'
  /** Counted in bytes. */
  | 'bytes'
  | 'free';

const LABELS: ReadonlySet<string> = new Set(['key', 'deduplicationId', 'consumer']);

function kindOf(name: string, { maxLength }: Schema): TextKind {
  if (LABELS.has(name)) return 'label';
  if (name === 'reason') return 'bytes';
  return maxLength === NAME_BYTES_MAX || maxLength === TOPIC_BYTES_MAX ? 'name' : 'free';
}

const WRONG_TYPES: readonly unknown[] = [null, true, {}, [], ['a'], { a: 1 }];
const WRONG_TIMES = [
  [
    '',
    'soon',
    '2026-09-01',
    '2026-09-01T12:00:00',
    '2026-13-01T00:00:00Z',
    '1e9',
    '2026-09-01T25:00Z',
  ],
  ['9999-01-01T00:00:00.000Z', '+275760-09-13T00:00:00.000Z', '2026-09-01 12:00:00Z', '\0'],
].flat();
const WRONG_BASE64 = [
  'A',
  'AA',
  'AAA',
  'AA=',
  'A===',
  'AA-_',
  ' AAA',
  'AAAA\n',
  '====',
  'ü===',
  '\0\0\0\0',
];
const WRONG_PLACES: readonly unknown[] = [
  [null, true, 1, '', 'x', 'Earliest', 'latest ', [], {}, ['earliest'], { ID: '1-1' }],
  [{ id: 1 }, { id: '' }, { id: 'x' }, { id: '1-' }, { id: '0-1' }, { id: '1-1-1' }, { id: null }],
  [{ id: 'z'.repeat(5_000) }, { id: '1-1', time: '2026-09-01T12:00:00.000Z' }, { time: 0 }],
  [{ time: 'soon' }, { time: '' }, { time: ['2026-09-01T12:00:00.000Z'] }, { kind: 'earliest' }],
].flat();
/** All may be published. */
const ODD_JSON: readonly unknown[] = [
  [null, false, true, 0, -1.5, 1e21, Number.MIN_VALUE, '', '\0', '\u2028', [], {}, [[]], [null]],
  [{ '': { '': [] } }, { toString: 1, length: -1 }, 'x'.repeat(20_000), Array(2_000).fill(0)],
].flat();

/** Values that the document does not allow for a field. */
export function wrongValues(name: string, schema: Schema): readonly unknown[] {
  const { minimum = 0, maximum = 0, maxLength } = schema;
  if (schema.enum !== undefined) return [...WRONG_TYPES, '', 'none', 'Exclusive', 'shared ', 1];
  switch (schema.type) {
    case 'integer':
      return WRONG_TYPES.concat(
        [minimum - 1, maximum + 1, minimum + 0.5, -maximum, 2 ** 53, 1e300],
        [String(minimum), '', 'x'],
      );
    case 'string':
      if (schema.format === 'date-time') return [...WRONG_TYPES, 1, ...WRONG_TIMES];
      if (schema.format === 'byte') return [...WRONG_TYPES, 1, ...WRONG_BASE64];
      if (maxLength === undefined) return [...WRONG_TYPES, 1];
      return [...WRONG_TYPES, ...wrongTexts(kindOf(name, schema), maxLength)];
    case 'object':
      if (typeof schema.additionalProperties === 'object') {
        return [null, true, [], 'x', 1, { a: 1 }, { a: null }, { a: 'x'.repeat(16_377) }];
      }
      return [null, true, [], 'x', 1, { a: 'x'.repeat(1_017) }, { a: '漢'.repeat(339) }];
    case 'array': {
      const many = Array.from({ length: (schema.maxItems ?? 0) + 1 }, (_, index) => ({
        name: `n${index}`,
        token: 1,
      }));
      return [null, true, 'x', 1, {}, [], [null], [[]], [1], ['a'], [{}], many];
    }
    case 'boolean':
      return [null, {}, [], 'true', '', 0, 1];
    case 'number':
      return [...WRONG_TYPES, minimum - 0.001, maximum + 0.001, String(minimum), 1e300];
    case undefined:
      // A place to seek to; in a message it may be anything.
      return name === 'to' ? WRONG_PLACES : [];
    default:
      return [];
  }
}

function wrongTexts(kind: TextKind, maxLength: number): readonly unknown[] {
  const all = [1, '', 'x'.repeat(maxLength + 1), '😀'.repeat(maxLength + 1), '\ud800', 'a\udc00b'];
  if (kind === 'free') return all;
  const long = [
    '漢'.repeat(Math.floor(maxLength / 3) + 1),
    '😀'.repeat(Math.floor(maxLength / 4) + 1),
  ];
  if (kind === 'bytes') return [...all, ...long];
  const characters = ['\0', 'a\nb', '\u007f', '\u0085'];
  return [...all, ...long, ...characters, ...(kind === 'name' ? ['.', '..'] : [])];
}

/** The largest and smallest that the document allows. */
function edges(name: string, schema: Schema): readonly unknown[] {
  const { minimum, maximum, maxLength } = schema;
  if (schema.oneOf !== undefined) return name === 'body' ? ODD_JSON : [];
  if (schema.type === 'boolean') return [true, false];
  if (typeof schema.additionalProperties === 'object') {
    return [{}, { a: 'x'.repeat(16_376) }, { constructor: 'a', toString: 'b', '': '' }];
  }
  if (schema.format === 'date-time') return INSTANTS;
  if (schema.format === 'byte') return ['', 'AA==', '+/8=', 'A'.repeat(4_000)];
  if (schema.type === 'integer' || schema.type === 'number')
    return [minimum, maximum].filter((edge) => edge !== undefined);
  if (schema.type === 'object' && schema.properties === undefined) {
    return [{}, { a: 'x'.repeat(1_016) }, { constructor: 1, toString: {}, '': null }];
  }
  if (schema.type !== 'string' || maxLength === undefined) return [];
  const kind = kindOf(name, schema);
  if (kind === 'free')
    return ['x'.repeat(maxLength), '😀'.repeat(maxLength), '.', '\0', ' ', '\u202e'];
  // Topics that are named in a body must be in the shard of another one.
  if (maxLength === TOPIC_BYTES_MAX) return [];
  const long = [
    'x'.repeat(maxLength),
    '漢'.repeat(Math.floor(maxLength / 3)),
    '😀'.repeat(maxLength / 4),
  ];
  return [
    ...long,
    '...',
    ' ',
    ...(kind === 'name' ? [] : ['.', '..']),
    ...(kind === 'bytes' ? ['\0'] : []),
  ];
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
    if (property.properties !== undefined)
      return [...own, ...memberTwists(document, name, property)];
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
  return [...twists, ...missing, ...wrongQueueBodies(operation), extraFields(properties)];
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
  const field = name.split('.').at(-1) ?? name;
  const wrong = [...wrongValues(field, schema), ...(field === 'receipts' ? wrongReceipts : [])].map(
    (value) => twist(value, INVALID),
  );
  const right = edges(field, schema).map((value) => twist(value, VALID));
  return [wrong, right].filter((list) => list.length > 0).map((list) => fc.constantFrom(...list));
}

/** Twists of an object within the body. */
function memberTwists(
  document: ApiDocument,
  object: string,
  { properties = {}, required = [] }: Schema,
): readonly fc.Arbitrary<Twist>[] {
  const whole = Object.fromEntries(
    Object.entries(properties).map(([name, property]) => [
      name,
      document.resolve(property).minimum ?? 0,
    ]),
  );
  const twists = Object.entries(properties).flatMap(([name, property]) =>
    fieldTwists(`${object}.${name}`, document.resolve(property), (body, value) => ({
      ...body,
      [object]: { ...whole, [name]: value },
    })),
  );
  const missing = required.map((name) =>
    fc.constant<Twist>({
      label: `${object} without ${name}`,
      expectation: INVALID,
      apply: (parts) => ({ ...parts, body: { ...parts.body, [object]: without(whole, [name]) } }),
    }),
  );
  return [...twists, ...missing];
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
    // The same message twice is two, and the same receipt is answered twice.
    expectation: list === 'messages' || list === 'receipts' ? VALID : INVALID,
    apply: (parts) => {
      const items = itemsOf(parts.body ?? {}, list);
      return { ...parts, body: { ...parts.body, [list]: [...items, items[0]] } };
    },
  };
  return [
    ...Object.entries(properties).flatMap(([name, reference]) =>
      fieldTwists(`${list}[0].${name}`, document.resolve(reference), (body, value) =>
        change(body, (item) => ({
          ...without(item, [counterpartOf(name) ?? name]),
          [name]: value,
        })),
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
