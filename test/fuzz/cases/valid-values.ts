import * as fc from 'fast-check';
import type { ApiDocument } from '../document/api-document.js';
import type { Schema } from '../document/schema.js';
import { anyJson, queueValues } from './queue-values.js';

/**
 * Few, so that requests meet each other's locks. Owners and names alike; none needs escaping in a
 * way that only one of JSON and URLs knows.
 */
export const POOL = ['a', 'b', 'c', 'orders/42', 'ü 漢 😀', 'x%2Fy?z#&+;=', '"\\<', '...'] as const;

/** Bytes, not characters, are counted where the document says this. */
export const NAME_BYTES_MAX = 256;
/** Names of topics: room for what the names of their dead letters end with. */
export const TOPIC_BYTES_MAX = 251;
/** One acquire of so many, about, is in a session. */
const SESSION_RARITY = 4;
/** Milliseconds that waits may last which are not left early. */
const SHORT_WAIT_MS_MAX = 40;

const ODD_CHARACTERS = [
  ...Array.from('abcXYZ019 -_.~!*()/?#%&+=:;@,$[]{}|^<>"\\'),
  "'",
  '`',
  'é',
  'ß',
  'Ω',
  '漢',
  '😀',
  '\u200b',
  '\u202e',
  '\ufeff',
  '\ufffd',
  '\ue000',
  '\u{10ffff}',
];

const characters = fc.constantFrom(...ODD_CHARACTERS);
/** Names that objects of JavaScript have anyway. */
const BUILT_INS = ['constructor', '__proto__', 'toString', 'hasOwnProperty', 'prototype'];

/** A well-formed text without control characters, at most so many characters and bytes long. */
function texts(limit: number): fc.Arbitrary<string> {
  const fits = (text: string): boolean =>
    Buffer.byteLength(text) <= limit && text !== '.' && text !== '..' && text !== '';
  const free = fc.string({ unit: characters, minLength: 1, maxLength: 40 }).filter(fits);
  return fc.oneof(
    { weight: 12, arbitrary: fc.constantFrom<string>(...POOL) },
    { weight: 2, arbitrary: free },
    { weight: 1, arbitrary: fc.constantFrom(...BUILT_INS) },
    // Exactly as long as it may be.
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        'x'.repeat(limit),
        '漢'.repeat(Math.floor(limit / 3)),
        '😀'.repeat(limit / 4),
      ),
    },
  );
}

function integers({ minimum = 0, maximum = 2 ** 31 }: Schema): fc.Arbitrary<number> {
  return fc.oneof(
    { weight: 3, arbitrary: fc.integer({ min: minimum, max: maximum }) },
    { weight: 1, arbitrary: fc.constantFrom(minimum, maximum) },
  );
}

const metadata = fc
  .dictionary(
    fc.string({ maxLength: 12 }).filter((key) => !['__proto__', 'constructor'].includes(key)),
    fc.oneof(fc.string({ maxLength: 12 }), fc.integer(), fc.boolean(), fc.constant(null)),
    { maxKeys: 4 },
  )
  // Its JSON has a form in UTF-8: half a surrogate pair is written as an escape.
  .filter((value) => Buffer.byteLength(JSON.stringify(value)) <= 1_024);

/** Values of fields about which the schema does not tell all. */
function special(name: string, schema: Schema): fc.Arbitrary<unknown> | undefined {
  switch (name) {
    case 'waitMs':
      return fc.oneof(
        { weight: 14, arbitrary: fc.constant(0) },
        { weight: 5, arbitrary: fc.integer({ min: 1, max: SHORT_WAIT_MS_MAX }) },
        { weight: 1, arbitrary: fc.constant(schema.maximum) },
      );
    case 'lockDelayMs':
      return fc.oneof(
        { weight: 6, arbitrary: fc.constant(0) },
        { weight: 1, arbitrary: integers(schema) },
      );
    case 'ttlMs':
      return fc.oneof(
        // Those of messages are long, so that somebody gets them.
        {
          weight: 4,
          arbitrary: fc.integer(
            schema.minimum === 1
              ? { min: 20_000, max: 60_000 }
              : { min: schema.minimum ?? 100, max: 5_000 },
          ),
        },
        { weight: 1, arbitrary: integers(schema) },
      );
    case 'token':
      return fc.oneof(
        { weight: 3, arbitrary: fc.integer({ min: 1, max: 3_000 }) },
        { weight: 1, arbitrary: integers(schema) },
      );
    // A real node now and then: a change of leader is a good time for requests.
    case 'to':
      // Topics, and places to seek to, have the same name.
      if (schema.type !== 'string' || schema.maxLength !== undefined || schema.enum !== undefined) {
        return undefined;
      }
      return fc.oneof(
        { weight: 30, arbitrary: fc.constantFrom('nobody', 'node9') },
        { weight: 1, arbitrary: fc.constantFrom('node1', 'node2', 'node3') },
      );
    case 'id':
      return fc.oneof(
        fc.constantFrom('coordination', '1-1', '4duh0e0x-1'),
        texts(schema.maxLength ?? 128),
      );
    case 'topic':
      return fc.oneof(
        { weight: 9, arbitrary: texts(schema.maxLength ?? TOPIC_BYTES_MAX) },
        { weight: 1, arbitrary: fc.constantFrom('a.dead', 'orders/42.dead', '.dead') },
      );
    case 'group':
      // Of consumers; those of replicas are not made by requests.
      if (schema.minLength !== undefined) return undefined;
      return fc.constantFrom('coordination', 'other', 'coordination ', 'a', 'b', 'c');
    case 'cursor':
      return fc.constantFrom(...POOL).map((text) => Buffer.from(text).toString('base64url'));
    case 'Last-Event-ID':
      return fc.constantFrom(
        '1-1',
        '999999-1',
        'nonsense',
        '-1',
        '1e9-0',
        '18446744073709551616-1',
      );
    case 'Idempotency-Key':
      return fc.oneof(
        fc.integer({ min: 1, max: 500 }).map((number) => `key-${number}`),
        fc.constantFrom('!', '~'.repeat(128)),
      );
    case 'X-Timeout-Ms':
      return fc.oneof(
        { weight: 9, arbitrary: fc.integer({ min: 1_000, max: schema.maximum ?? 60_000 }) },
        { weight: 1, arbitrary: fc.constant(schema.minimum ?? 100) },
      );
    default:
      return queueValues(name, schema);
  }
}

/** Values that the document allows for a field or parameter. */
export function valuesOf(
  document: ApiDocument,
  reference: Schema,
  name: string,
): fc.Arbitrary<unknown> {
  const schema = document.resolve(reference);
  const known = special(name, schema);
  if (known !== undefined) return known;
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  if (schema.oneOf !== undefined) {
    return fc.oneof(...schema.oneOf.map((part) => valuesOf(document, part, name)));
  }
  switch (schema.type) {
    case 'integer':
      return integers(schema);
    case 'string':
      return texts(schema.maxLength ?? 128);
    case 'array':
      return fc.uniqueArray(valuesOf(document, schema.items ?? {}, name), {
        minLength: schema.minItems ?? 0,
        maxLength: 4,
        // Locks must have different names.
        selector: (item) => JSON.stringify(nameIn(item) ?? item),
      });
    case 'object':
      return schema.properties === undefined ? metadata : objectsOf(document, schema);
    case 'boolean':
      return fc.boolean();
    case 'number':
      return fc.double({ min: schema.minimum ?? 0, max: schema.maximum ?? 1e9, noNaN: true });
    case undefined:
      return anyJson;
    default:
      throw new Error(`${name}: a type that requests did not have before`);
  }
}

/** Objects with the required fields and some of the others. */
export function objectsOf(
  document: ApiDocument,
  schema: Schema,
): fc.Arbitrary<Readonly<Record<string, unknown>>> {
  const { properties = {}, required = [] } = schema;
  const fields = Object.fromEntries(
    Object.entries(properties).map(([name, property]) => [
      name,
      valuesOf(document, property, name),
    ]),
  );
  // Said in words only: an owner is required where there is no session.
  const needed = 'owner' in properties ? [...required, 'owner'] : [...required];
  const objects = fc.record(fields, { requiredKeys: needed, noNullPrototype: true });
  if (!('sessionId' in fields)) return objects;
  // Mostly without: a session that does not exist is refused before anything else.
  return fc
    .tuple(objects, fc.nat(SESSION_RARITY))
    .map(([{ sessionId, ...rest }, rarity]) =>
      rarity === 0 && sessionId !== undefined ? { ...rest, sessionId } : rest,
    );
}

function nameIn(item: unknown): unknown {
  return typeof item === 'object' && item !== null && 'name' in item ? item.name : undefined;
}
