import { messageIdsOf } from '../core/message/message-id.js';
import { PackedReader } from '../core/message/packed-reader.js';
import { receiptsOf } from '../core/message/receipt.js';
import type { HandedOut, Presented, Published, StoredPart } from '../core/commands/topic-result.js';

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

/** JSON members of one stored message that its part tells. */
interface Stored {
  /** The body. */
  readonly body: string;
  /** The headers and the time of the publish. */
  readonly others: string;
}

/** Messages of a receive, in its order; those that were removed meanwhile are left out. */
export function deliveredTexts(received: Presented): readonly DeliveredText[] {
  const { topicId, groupId, deliveryId } = received;
  const stored = storedMessages(received.bodies);
  const receiptFor = receiptsOf({ topicId, groupId, deliveryId });
  const idFor = messageIdsOf(topicId);
  const visibleAt = iso(received.visibleAtMs);
  const texts: DeliveredText[] = [];
  for (const message of received.messages) {
    const { sequence } = message;
    const found = stored.get(sequence);
    if (found === undefined) continue;
    const id = idFor(sequence);
    const fields = commonFields(id, message, found);
    const text = `{${fields},"receipt":"${receiptFor(sequence)}","visibleAt":"${visibleAt}"}`;
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
  const stored = storedMessages(bodies);
  const idFor = messageIdsOf(topicId);
  const texts: string[] = [];
  for (const message of messages) {
    const found = stored.get(message.sequence);
    if (found !== undefined) {
      texts.push(commonFields(idFor(message.sequence), message, found));
    }
  }
  return texts;
}

/** JSON of `PublishedMessages`. */
export function publishedText({ topicId, first, count, duplicates }: Published): string {
  const earlier = new Map(duplicates);
  const idFor = messageIdsOf(topicId);
  const texts: string[] = [];
  for (let offset = 0; offset < count; offset += 1) {
    const duplicateOf = earlier.get(offset);
    const id = idFor(duplicateOf ?? first + offset);
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

function commonFields(id: string, message: HandedOut, { body, others }: Stored): string {
  const { key, priority, deliveries } = message;
  const place = `"key":${key === null ? 'null' : JSON.stringify(key)},"priority":${priority}`;
  return `"id":"${id}",${body},${place},${others},"deliveries":${deliveries}`;
}

function storedMessages(bodies: readonly StoredPart[]): ReadonlyMap<number, Stored> {
  const found = new Map<number, Stored>();
  for (const { publishedAtMs, packed, places } of bodies) {
    const bytes = Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength);
    const publishedAt = `"publishedAt":"${iso(publishedAtMs)}"`;
    const reader = new PackedReader(bytes);
    const stored = Array.from({ length: reader.count }, (): Stored => {
      const { bodyKind, from, to, headers } = reader.next();
      const body =
        bodyKind === 'json'
          ? `"body":${bytes.toString('utf8', from, to)}`
          : `"bodyBase64":"${bytes.toString('base64', from, to)}"`;
      return { body, others: `"headers":${headers ?? '{}'},${publishedAt}` };
    });
    for (const [sequence, place] of places) {
      const message = stored[place];
      if (message !== undefined) found.set(sequence, message);
    }
  }
  return found;
}
