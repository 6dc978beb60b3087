import { messageId } from '../core/message/message-id.js';
import { unpackMessages, type PackedMessage } from '../core/message/packed-messages.js';
import { receiptText } from '../core/message/receipt.js';
import type { HandedOut, Presented, Published, StoredPart } from '../core/commands/topic-result.js';
import { CODEC } from './publish-command.js';

/*
 * Answers with messages are put together as text: the bodies are JSON text already, and to parse them
 * only to write them again would cost most of what an answer costs.
 */

/** One message that was handed out. */
export interface DeliveredText {
  readonly sequence: number;
  readonly id: string;
  /** JSON of a `ReceivedMessage`. */
  readonly text: string;
}

/** What is known of one stored message from its part. */
interface Unpacked extends PackedMessage {
  readonly publishedAt: string;
}

/** Messages of a receive, in its order; those that were removed meanwhile are left out. */
export function deliveredTexts(received: Presented): readonly DeliveredText[] {
  const { topicId, groupId, deliveryId } = received;
  const stored = unpacked(received.bodies);
  const visibleAt = iso(received.visibleAtMs);
  const texts: DeliveredText[] = [];
  for (const message of received.messages) {
    const { sequence } = message;
    const found = stored.get(sequence);
    if (found === undefined) continue;
    const id = messageId(topicId, sequence);
    const receipt = receiptText({ topicId, groupId, deliveryId, sequence });
    const fields = commonFields(id, message, found);
    const text = `{${fields},"receipt":"${receipt}","visibleAt":"${visibleAt}"}`;
    texts.push({ sequence, id, text });
  }
  return texts;
}

/** JSON of `ReceivedMessages`. */
export function receiveText(delivered: readonly DeliveredText[]): string {
  return `{"messages":[${delivered.map(({ text }) => text).join(',')}]}`;
}

/** JSON of the members that every message has, without braces, of each that is stored still. */
export function messageTexts(
  topicId: number,
  messages: readonly HandedOut[],
  bodies: readonly StoredPart[],
): readonly string[] {
  const stored = unpacked(bodies);
  const texts: string[] = [];
  for (const message of messages) {
    const found = stored.get(message.sequence);
    if (found !== undefined) {
      texts.push(commonFields(messageId(topicId, message.sequence), message, found));
    }
  }
  return texts;
}

/** JSON of `PublishedMessages`. */
export function publishedText({ topicId, first, count, duplicates }: Published): string {
  const earlier = new Map(duplicates);
  const texts: string[] = [];
  for (let offset = 0; offset < count; offset += 1) {
    const duplicateOf = earlier.get(offset);
    const id = messageId(topicId, duplicateOf ?? first + offset);
    texts.push(`{"id":"${id}","duplicate":${duplicateOf !== undefined}}`);
  }
  return `{"messages":[${texts.join(',')}]}`;
}

/** ISO 8601 of milliseconds of Unix time. */
export function iso(unixMs: number): string {
  return new Date(unixMs).toISOString();
}

export function isoOrNull(unixMs: number | null): string | null {
  return unixMs === null ? null : iso(unixMs);
}

function commonFields(id: string, message: HandedOut, stored: Unpacked): string {
  const { key, priority, deliveries } = message;
  const { headers, publishedAt } = stored;
  const place = `"key":${key === null ? 'null' : JSON.stringify(key)},"priority":${priority}`;
  const times = `"publishedAt":"${publishedAt}","deliveries":${deliveries}`;
  return `"id":"${id}",${bodyField(stored)},${place},"headers":${headers ?? '{}'},${times}`;
}

function bodyField({ bodyKind, body }: PackedMessage): string {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  return bodyKind === 'json'
    ? `"body":${bytes.toString('utf8')}`
    : `"bodyBase64":"${bytes.toString('base64')}"`;
}

function unpacked(bodies: readonly StoredPart[]): ReadonlyMap<number, Unpacked> {
  const found = new Map<number, Unpacked>();
  for (const { publishedAtMs, packed, places } of bodies) {
    const messages = unpackMessages(CODEC, packed);
    const publishedAt = iso(publishedAtMs);
    for (const [sequence, place] of places) {
      const message = messages[place];
      if (message !== undefined) found.set(sequence, { ...message, publishedAt });
    }
  }
  return found;
}
