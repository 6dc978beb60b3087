import { integer, list, MalformedValue } from '@sinkron/fields';
import { bytes } from '../fields.js';
import { MESSAGES_PER_PUBLISH_MAX } from '../limits.js';
import type { RecordCodec } from '../ports.js';

/** The field in which the client sent the body, and gets it back. */
export type BodyKind = 'json' | 'base64';

/** What of a message nobody but clients reads. */
export interface PackedMessage {
  readonly bodyKind: BodyKind;
  /** JSON text in UTF-8, or what the base64 text stood for. */
  readonly body: Uint8Array;
  /** JSON text of an object; null: none. */
  readonly headers: string | null;
}

/** Messages in one run of bytes, a MessagePack array of `[kind, body, headers]`. */
export interface PackedMessages {
  readonly packed: Uint8Array;
  /** Of each: its bytes within `packed`; what is left is the array's head. */
  readonly sizes: readonly number[];
}

const JSON_KIND = 0;
const BASE64_KIND = 1;
/** Counts from here on have a head of three bytes. */
const LONG_HEAD_COUNT = 16;

export function packMessages(
  codec: RecordCodec,
  messages: readonly PackedMessage[],
): PackedMessages {
  const items = messages.map(({ bodyKind, body, headers }) =>
    codec.encode([bodyKind === 'json' ? JSON_KIND : BASE64_KIND, body, headers]),
  );
  const sizes = items.map(({ length }) => length);
  const packed = new Uint8Array(headBytes(items.length) + sum(sizes));
  let at = writeHead(packed, items.length);
  for (const item of items) {
    packed.set(item, at);
    at += item.length;
  }
  return { packed, sizes };
}

/** @throws MalformedValue for bytes that are no packed messages. */
export function unpackMessages(codec: RecordCodec, packed: Uint8Array): readonly PackedMessage[] {
  return list(codec.decode(packed), 'packed messages', MESSAGES_PER_PUBLISH_MAX).map(readMessage);
}

/**
 * Only those at `places`, ascending, of messages packed before: bytes are copied, nothing is
 * decoded.
 */
export function takePacked(
  { packed, sizes }: PackedMessages,
  places: readonly number[],
): PackedMessages {
  if (places.length === sizes.length) return { packed, sizes };
  const taken = places.map((place) => sizes[place] ?? 0);
  const target = new Uint8Array(headBytes(places.length) + sum(taken));
  let to = writeHead(target, places.length);
  let from = headBytes(sizes.length);
  let next = 0;
  for (const place of places) {
    for (; next < place; next += 1) from += sizes[next] ?? 0;
    const size = sizes[place] ?? 0;
    target.set(packed.subarray(from, from + size), to);
    to += size;
  }
  return { packed: target, sizes: taken };
}

/** A single message that was packed alone. */
export function onePacked(packed: Uint8Array): PackedMessages {
  return { packed, sizes: [packed.length - headBytes(1)] };
}

/** Whether the sizes add up to the packed bytes and the head is that of so many messages. */
export function isPacked({ packed, sizes }: PackedMessages): boolean {
  const head = new Uint8Array(headBytes(sizes.length));
  writeHead(head, sizes.length);
  if (packed.length !== head.length + sum(sizes)) return false;
  return head.every((byte, at) => packed[at] === byte);
}

function readMessage(value: unknown): PackedMessage {
  const [kind, body, headers] = list(value, 'a packed message', 3);
  if (headers !== null && typeof headers !== 'string') throw new MalformedValue('headers', 'text');
  const { min, max } = { min: JSON_KIND, max: BASE64_KIND };
  return {
    bodyKind: integer(kind, 'body kind', { min, max }) === JSON_KIND ? 'json' : 'base64',
    body: bytes(body, 'body'),
    headers,
  };
}

function headBytes(count: number): number {
  return count < LONG_HEAD_COUNT ? 1 : 3;
}

function writeHead(target: Uint8Array, count: number): number {
  if (count < LONG_HEAD_COUNT) {
    target[0] = 0x90 | count;
    return 1;
  }
  target[0] = 0xdc;
  target[1] = count >> 8;
  target[2] = count & 0xff;
  return 3;
}

function sum(sizes: readonly number[]): number {
  let total = 0;
  for (const size of sizes) total += size;
  return total;
}
