import {
  fieldsOf,
  integerField,
  listField,
  MalformedValue,
  WHOLE,
  type Fields,
} from '@sinkron/fields';
import { bytesField, nameField } from '../../fields.js';
import {
  AHEAD_MS_MAX,
  MESSAGES_PER_PUBLISH_MAX,
  NAME_BYTES_MAX,
  PRIORITIES,
} from '../../limits.js';
import { isPacked } from '../../message/packed-messages.js';
import type { MessageNote, PublishCommand, PublishedPart } from '../topic-command.js';
import { readIntegers, readTopicName } from './topic-fields.js';

const PRIORITY = { min: 0, max: PRIORITIES - 1 };
const AHEAD = { min: 0, max: AHEAD_MS_MAX };

/** @throws MalformedValue unless the parts hold each message of the publish once. */
export function readPublish(fields: Fields): PublishCommand {
  const count = integerField(fields, 'count', { min: 1, max: MESSAGES_PER_PUBLISH_MAX });
  const parts = listField(fields, 'parts', PRIORITIES).map(readPart);
  checkParts(parts, count);
  const notes = listField(fields, 'notes', count).map(readNote);
  let next = 0;
  for (const { offset } of notes) {
    if (offset < next || offset >= count) throw new MalformedValue('notes', 'ascending offsets');
    next = offset + 1;
  }
  return { kind: 'publish', topic: readTopicName(fields), count, parts, notes };
}

function readPart(value: unknown): PublishedPart {
  const fields = fieldsOf(value, 'a part');
  const { offsets } = fields;
  const packed = bytesField(fields, 'packed');
  const sizes = readIntegers(fields['sizes'], 'sizes', MESSAGES_PER_PUBLISH_MAX);
  if (!isPacked({ packed, sizes })) throw new MalformedValue('packed', 'as long as its sizes say');
  return {
    priority: integerField(fields, 'priority', PRIORITY),
    offsets: offsets === null ? null : readIntegers(offsets, 'offsets', MESSAGES_PER_PUBLISH_MAX),
    packed,
    sizes,
  };
}

function checkParts(parts: readonly PublishedPart[], count: number): void {
  const priorities = new Set(parts.map(({ priority }) => priority));
  const [only] = parts;
  if (only?.offsets === null) {
    if (parts.length === 1 && only.sizes.length === count) return;
    throw new MalformedValue('parts', `one part of ${count} messages, or offsets`);
  }
  const seen = new Set<number>();
  for (const { offsets, sizes } of parts) {
    let next = 0;
    for (const offset of offsets ?? []) {
      if (offset < next || offset >= count)
        throw new MalformedValue('offsets', 'ascending offsets');
      next = offset + 1;
      seen.add(offset);
    }
    if (offsets?.length !== sizes.length) throw new MalformedValue('sizes', 'one of each offset');
  }
  const total = parts.reduce((sum, { sizes }) => sum + sizes.length, 0);
  if (seen.size !== count || total !== count || priorities.size !== parts.length) {
    throw new MalformedValue('parts', 'each message once, and each priority once');
  }
}

function readNote(value: unknown): MessageNote {
  const fields = fieldsOf(value, 'a note');
  const note: { -readonly [Field in keyof MessageNote]: MessageNote[Field] } = {
    offset: integerField(fields, 'offset', WHOLE),
  };
  if (isThere(fields, 'key')) note.key = nameField(fields, 'key', NAME_BYTES_MAX);
  if (isThere(fields, 'deduplicationId')) {
    note.deduplicationId = nameField(fields, 'deduplicationId', NAME_BYTES_MAX);
  }
  if (isThere(fields, 'delayMs')) note.delayMs = integerField(fields, 'delayMs', AHEAD);
  if (isThere(fields, 'deliverAtMs')) note.deliverAtMs = integerField(fields, 'deliverAtMs', WHOLE);
  if (isThere(fields, 'ttlMs')) note.ttlMs = integerField(fields, 'ttlMs', AHEAD);
  if (note.delayMs !== undefined && note.deliverAtMs !== undefined) {
    throw new MalformedValue('a note', 'with delayMs or deliverAtMs, not both');
  }
  return note;
}

function isThere(fields: Fields, key: string): boolean {
  return fields[key] !== undefined && fields[key] !== null;
}
