import * as fc from 'fast-check';
import type { Schema } from '../document/schema.js';
import type { JsonObject, RequestParts } from './request-case.js';

/** Receipts with right checksums, of deliveries that never were in this cluster. */
export const OLD_RECEIPTS = [
  '4duh0e0x-2-1-2-04v77yp',
  '4duh0e0x-2-1-1-0418evs',
  '1-2-1-1-1wxsrvz',
  '2mphemtd-2-2-1-0ub78t8',
  '1-2-rs-10-1it7y3x',
] as const;

/** Ids as messages have them. */
const MESSAGE_IDS = ['1-1', '1-2s', '4duh0e0x-1', 'zzzzzzzzzz-1'] as const;

/** Points in time as the contract knows them: in the past, at most ten years ahead. */
export const INSTANTS = [
  '1970-01-01T00:00:00.000Z',
  '2026-09-01T12:00:00.000Z',
  '2026-09-01T14:00:00+02:00',
  '2026-09-01T12:00Z',
  '2031-01-01T00:00:00.123456789Z',
] as const;

/** Of such two fields at most one may be sent. */
const EITHER: readonly (readonly [kept: string, dropped: string])[] = [
  ['body', 'bodyBase64'],
  ['delayMs', 'deliverAt'],
];

/** By operation: where its body may name a topic. */
const TOPIC_FIELDS: Readonly<Record<string, string>> = {
  configureTopic: 'deadLetterTopic',
  redriveTopic: 'to',
};

const DEAD_LETTERS = '.dead';
const TOPIC_NAME_BYTES_MAX = 251;
const SMALL_MAX = 50;

/** Any JSON; names that objects have anyway are for the odd texts. */
export const anyJson = fc.jsonValue({ maxDepth: 3 }).filter((value) => {
  const text = JSON.stringify(value);
  return !text.includes('__proto__') && !text.includes('constructor');
});

/** Mostly small; now and then anything within the bounds. */
function mostly(
  min: number,
  max: number,
  { minimum = 0, maximum = max }: Schema,
): fc.Arbitrary<number> {
  return fc.oneof(
    { weight: 9, arbitrary: fc.integer({ min, max }) },
    { weight: 1, arbitrary: fc.integer({ min: minimum, max: maximum }) },
  );
}

/** Values of the queues' fields about which the schema does not tell all. */
export function queueValues(name: string, schema: Schema): fc.Arbitrary<unknown> | undefined {
  switch (name) {
    case 'receipts':
      return fc.uniqueArray(fc.constantFrom(...OLD_RECEIPTS), { minLength: 1, maxLength: 4 });
    case 'bodyBase64':
      return fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes).toString('base64'));
    case 'deliverAt':
    case 'time':
      return fc.constantFrom(...INSTANTS);
    case 'headers':
      return fc.dictionary(
        fc.constantFrom('a', 'content-type', 'sinkron-origin-id', 'ü', ''),
        fc.string({ maxLength: 12 }),
        { maxKeys: 3 },
      );
    case 'visibilityMs':
      return mostly(schema.minimum ?? 0, 3_000, schema);
    case 'delayMs':
      return mostly(0, SMALL_MAX, schema);
    case 'maxAgeMs':
      return mostly(5_000, 60_000, schema);
    case 'maxMessages':
      return mostly(SMALL_MAX, 1_000, schema);
    case 'maxBytes':
      return mostly(1_000, 100_000, schema);
    case 'initialMs':
    case 'maxMs':
      return mostly(0, SMALL_MAX, schema);
    default:
      return undefined;
  }
}

/** The request with what fields of a queues' request must have in common. */
export function fitted(parts: RequestParts): RequestParts {
  const { operation, body, path, query } = parts;
  const topic = path['topic'] ?? '';
  switch (operation.id) {
    case 'getRing':
      return { ...parts, query: ringQuery(Object.fromEntries(query)) };
    case 'listMessages':
    case 'listPending':
      return { ...parts, query: fittedQuery(query) };
    case 'configureTopic':
    case 'redriveTopic':
      return { ...parts, body: inShard(body, TOPIC_FIELDS[operation.id] ?? '', topic) };
    case 'seekGroup':
      return { ...parts, body: { ...body, to: soughtPlace(body?.['to']) } };
    case 'publishMessages': {
      const messages: unknown = body?.['messages'];
      return Array.isArray(messages)
        ? {
            ...parts,
            body: { ...body, messages: messages.map((item: JsonObject) => newMessage(item)) },
          }
        : parts;
    }
    default:
      return parts;
  }
}

/** A message with one body and at most one time. */
export function newMessage(message: JsonObject): JsonObject {
  const dropped = EITHER.filter(([kept]) => kept in message).map(([, other]) => other);
  const entries = Object.entries(message).filter(([name]) => !dropped.includes(name));
  return 'body' in message || 'bodyBase64' in message
    ? Object.fromEntries(entries)
    : { ...Object.fromEntries(entries), body: null };
}

/** The field that must not be sent with this one; undefined: none. */
export function counterpartOf(name: string): string | undefined {
  return EITHER.find((pair) => pair.includes(name))?.find((other) => other !== name);
}

/** The request without topics in its body, which are made for the one in its path. */
export function withoutTopics(parts: RequestParts): RequestParts {
  const field = TOPIC_FIELDS[parts.operation.id];
  if (field === undefined || parts.body === undefined) return parts;
  return { ...parts, body: without(parts.body, field) };
}

type Query = readonly (readonly [string, string])[];

/** A topic, or a key of a cache. */
function ringQuery({ topic, cache = 'a', key = 'b' }: Readonly<Record<string, string>>): Query {
  if (topic !== undefined) return [['topic', topic]];
  return [
    ['cache', cache],
    ['key', key],
  ];
}

/** Cursors in publish order; most states are those in a group. */
function fittedQuery(query: Query): Query {
  const hasGroup = query.some(([name]) => name === 'group');
  return query.flatMap(([name, value]): Query => {
    if (name === 'cursor') {
      const sequence = String(Buffer.byteLength(value));
      return [[name, Buffer.from(sequence).toString('base64url')]];
    }
    return name === 'state' && !hasGroup
      ? [
          [name, value],
          ['group', 'a'],
        ]
      : [[name, value]];
  });
}

/** Its dead-letter topic, where the body names one: the topics do not grow in number. */
function inShard(body: JsonObject | undefined, field: string, topic: string): JsonObject {
  if (body === undefined || !(field in body)) return { ...body };
  const isDead = topic.endsWith(DEAD_LETTERS);
  // A topic is not its own dead-letter topic.
  if (isDead && field === TOPIC_FIELDS['configureTopic']) return without(body, field);
  const dead = isDead ? topic : topic + DEAD_LETTERS;
  if (Buffer.byteLength(dead) <= TOPIC_NAME_BYTES_MAX) return { ...body, [field]: dead };
  return without(body, field);
}

function without(body: JsonObject, field: string): JsonObject {
  return Object.fromEntries(Object.entries(body).filter(([name]) => name !== field));
}

function soughtPlace(to: unknown): unknown {
  if (typeof to !== 'object' || to === null || !('id' in to)) return to;
  const id = String(to.id);
  const isId = /^[1-9a-z][0-9a-z]{0,9}-[1-9a-z][0-9a-z]{0,9}$/.test(id);
  return { id: isId ? id : MESSAGE_IDS[Buffer.byteLength(id) % MESSAGE_IDS.length] };
}
