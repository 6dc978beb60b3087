import { decode, encode } from '@sinkron/consensus';
import { headersText } from '../dto/message-fields.js';
import type { NewMessageDto } from '../dto/publish.dto.js';
import type { MessageNote, PublishCommand, PublishedPart } from '../core/commands/topic-command.js';
import { BODY_BYTES_MAX, DEFAULT_PRIORITY } from '../core/limits.js';
import { packMessages, type PackedMessage } from '../core/message/packed-messages.js';
import { bodyTooLarge } from './queue-problems.js';

/** How messages are packed into commands, and unpacked from answers. */
export const CODEC = { encode, decode };

/**
 * The command that stores messages: their bodies packed, so that no replica looks into them, and beside
 * them only what replicas must know.
 *
 * @param messages valid ones, at least one.
 * @throws ProblemError PAYLOAD_TOO_LARGE
 */
export function publishCommand(topic: string, messages: readonly NewMessageDto[]): PublishCommand {
  const byPriority = new Map<number, { offsets: number[]; packed: PackedMessage[] }>();
  const notes: MessageNote[] = [];
  for (const [offset, message] of messages.entries()) {
    const { priority = DEFAULT_PRIORITY } = message;
    let part = byPriority.get(priority);
    if (part === undefined) byPriority.set(priority, (part = { offsets: [], packed: [] }));
    part.offsets.push(offset);
    part.packed.push(packedMessage(message, offset));
    const note = noteOf(message, offset);
    if (note !== undefined) notes.push(note);
  }
  const parts: PublishedPart[] = [];
  for (const [priority, { offsets, packed }] of byPriority) {
    const isAll = packed.length === messages.length;
    parts.push({ priority, offsets: isAll ? null : offsets, ...packMessages(CODEC, packed) });
  }
  return { kind: 'publish', topic, count: messages.length, parts, notes };
}

function packedMessage(message: NewMessageDto, offset: number): PackedMessage {
  const { bodyBase64, headers } = message;
  const isJson = bodyBase64 === undefined;
  const body = isJson
    ? Buffer.from(JSON.stringify(message.body))
    : Buffer.from(bodyBase64, 'base64');
  if (body.length > BODY_BYTES_MAX) {
    const field = isJson ? 'body' : 'bodyBase64';
    throw bodyTooLarge(`messages[${offset}].${field}`, body.length);
  }
  const text = headers === undefined ? undefined : headersText(headers);
  const hasNone = text === undefined || text === '{}';
  return { bodyKind: isJson ? 'json' : 'base64', body, headers: hasNone ? null : text };
}

/** Undefined for a message that is only stored and delivered. */
function noteOf(message: NewMessageDto, offset: number): MessageNote | undefined {
  const { key, deduplicationId, delayMs, deliverAt, ttlMs } = message;
  const isDelayed = delayMs !== undefined || deliverAt !== undefined;
  if (key === undefined && deduplicationId === undefined && ttlMs === undefined && !isDelayed) {
    return undefined;
  }
  return {
    offset,
    ...(key === undefined ? {} : { key }),
    ...(deduplicationId === undefined ? {} : { deduplicationId }),
    ...(delayMs === undefined ? {} : { delayMs }),
    ...(deliverAt === undefined ? {} : { deliverAtMs: Math.max(0, Date.parse(deliverAt)) }),
    ...(ttlMs === undefined ? {} : { ttlMs }),
  };
}
