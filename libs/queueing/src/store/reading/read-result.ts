import {
  booleanField,
  choiceField,
  fieldsOf,
  integer,
  integerField,
  list,
  listField,
  MalformedValue,
  WHOLE,
  type Fields,
} from '@sinkron/fields';
import { bytesField, optionalNameField, optionalTextField } from '../../core/fields.js';
import {
  MESSAGES_PER_PUBLISH_MAX,
  NAME_BYTES_MAX,
  PRIORITIES,
  RECEIPTS_MAX,
  RECORDS_PER_COMMAND_MAX,
} from '../../core/limits.js';
import { readHandedOutColumns } from '../../core/commands/handed-out-columns.js';
import type {
  HandedOut,
  Presented,
  Received,
  StoredPart,
  TopicResult,
} from '../../core/commands/topic-result.js';

/*
 * Answers of the topic machine on their way back through the cluster. They come from other nodes, so
 * they are read like any input; each reader throws MalformedValue.
 */

const STATUSES = [
  'malformed',
  'topic-not-found',
  'group-not-found',
  'message-not-found',
  'queue-full',
  'published',
  'configured',
  'configuration-conflict',
  'deleted',
  'purged',
  'group-created',
  'group-deleted',
  'received',
  'settled',
  'sought',
  'redriven',
  'outbox-taken',
  'swept',
] as const;

export function readResult(value: unknown): TopicResult | Presented {
  const fields = fieldsOf(value, 'a result');
  const status = choiceField(fields, 'status', STATUSES);
  switch (status) {
    case 'malformed':
    case 'queue-full':
    case 'configuration-conflict':
      return { status, message: sentence(fields) };
    case 'published':
      return { status, ...readPublished(fields) };
    case 'configured':
    case 'group-created':
      return { status, created: booleanField(fields, 'created') };
    case 'received':
      return readReceived(fields);
    case 'settled': {
      const stale = listField(fields, 'stale', RECEIPTS_MAX);
      return { status, stale: stale.map((place) => integer(place, 'stale', WHOLE)) };
    }
    case 'redriven': {
      const elsewhere = optionalNameField(fields, 'elsewhere', NAME_BYTES_MAX);
      const moved = integerField(fields, 'moved', WHOLE);
      return { status, moved, ...(elsewhere === null ? {} : { elsewhere }) };
    }
    case 'outbox-taken':
      return { status, through: integerField(fields, 'through', WHOLE) };
    case 'topic-not-found':
    case 'group-not-found':
    case 'message-not-found':
    case 'deleted':
    case 'purged':
    case 'group-deleted':
    case 'sought':
    case 'swept':
      return { status };
  }
}

/** Messages handed out, or looked at. */
export function readHandedOut(value: unknown): HandedOut {
  const fields = fieldsOf(value, 'a message');
  return {
    sequence: integerField(fields, 'sequence', WHOLE),
    priority: integerField(fields, 'priority', { min: 0, max: PRIORITIES - 1 }),
    key: optionalTextField(fields, 'key', NAME_BYTES_MAX),
    deliveries: integerField(fields, 'deliveries', WHOLE),
  };
}

export function readStoredParts(value: unknown): readonly StoredPart[] {
  return list(value, 'bodies', RECORDS_PER_COMMAND_MAX).map((item) => {
    const fields = fieldsOf(item, 'a stored part');
    return {
      publishedAtMs: integerField(fields, 'publishedAtMs', WHOLE),
      packed: bytesField(fields, 'packed'),
      places: listField(fields, 'places', MESSAGES_PER_PUBLISH_MAX).map(readPair),
    };
  });
}

function readReceived(fields: Fields): Received | Presented {
  const received: Received = {
    status: 'received',
    topicId: integerField(fields, 'topicId', WHOLE),
    groupId: integerField(fields, 'groupId', WHOLE),
    deliveryId: integerField(fields, 'deliveryId', WHOLE),
    visibleAtMs: integerField(fields, 'visibleAtMs', WHOLE),
    messages: readHandedOutColumns(fields['messages']),
  };
  const { bodies } = fields;
  return bodies === undefined ? received : { ...received, bodies: readStoredParts(bodies) };
}

function readPublished(fields: Fields) {
  return {
    topicId: integerField(fields, 'topicId', WHOLE),
    first: integerField(fields, 'first', WHOLE),
    count: integerField(fields, 'count', { min: 1, max: MESSAGES_PER_PUBLISH_MAX }),
    duplicates: listField(fields, 'duplicates', MESSAGES_PER_PUBLISH_MAX).map(readPair),
  };
}

function readPair(value: unknown): readonly [number, number] {
  const [first, second] = list(value, 'a pair', 2);
  return [integer(first, 'a pair', WHOLE), integer(second, 'a pair', WHOLE)];
}

function sentence(fields: Fields): string {
  const { message } = fields;
  if (typeof message !== 'string') throw new MalformedValue('message', 'a string');
  return message;
}
