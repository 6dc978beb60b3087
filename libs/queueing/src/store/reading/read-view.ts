import {
  choiceField,
  fieldsOf,
  integerField,
  listField,
  MalformedValue,
  optionalIntegerField,
  WHOLE,
  type Fields,
} from '@sinkron/fields';
import { validationFailed } from '@sinkron/http';
import { optionalTextField, textField } from '../../core/fields.js';
import {
  CONSUMERS_LISTED_MAX,
  GROUPS_PER_TOPIC_MAX,
  NAME_BYTES_MAX,
  RECEIPTS_MAX,
} from '../../core/limits.js';
import type { TopicConfiguration } from '../../core/commands/topic-configuration.js';
import type {
  GroupView,
  MessagePage,
  MessageStateInGroup,
  MessageView,
  Missing,
  PendingPage,
  PendingView,
  TopicQuery,
  TopicView,
} from '../../core/commands/topic-query.js';
import type { WatchAnswer } from '../../core/commands/topic-request.js';
import type { TopicAnswer } from '../topic-store.js';
import { readHandedOut, readStoredParts } from './read-result.js';

/**
 * The answer to a query, by what was asked.
 *
 * @throws MalformedValue
 * @throws ProblemError `VALIDATION_FAILED` when the machine refused the question.
 */
export function readAnswer(kind: TopicQuery['kind'], value: unknown): TopicAnswer {
  refuseMalformed(value);
  const missing = readMissing(value);
  if (missing !== undefined) return missing;
  switch (kind) {
    case 'topic':
      return readTopic(value);
    case 'topics':
      return items(value).map(readTopic);
    case 'group':
      return readGroup(value);
    case 'groups':
      return items(value).map(readGroup);
    case 'message':
      return readMessage(value);
    case 'messages':
    case 'bodies':
      return readPage(value);
    case 'pending':
      return readPending(value);
  }
}

export function readWatchAnswer(value: unknown): WatchAnswer {
  refuseMalformed(value);
  const fields = fieldsOf(value, 'an answer to a watch');
  return {
    ready: optionalIntegerField(fields, 'ready', WHOLE),
    missing:
      fields['missing'] === null
        ? null
        : choiceField(fields, 'missing', ['topic', 'group'] as const),
  };
}

/** An empty name in a query string, say, which no topic or group has. */
function refuseMalformed(value: unknown): void {
  if (typeof value !== 'object' || value === null || !('status' in value)) return;
  const message = 'message' in value ? String(value.message) : 'is not valid';
  throw validationFailed([{ field: 'request', message }]);
}

function readMissing(value: unknown): Missing | undefined {
  if (typeof value !== 'object' || value === null || !('missing' in value)) return undefined;
  return { missing: choiceField({ ...value }, 'missing', ['topic', 'group', 'message']) };
}

function items(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new MalformedValue('an answer', 'a list');
  return value;
}

function readTopic(value: unknown): TopicView {
  const fields = fieldsOf(value, 'a topic');
  return {
    topic: textField(fields, 'topic', NAME_BYTES_MAX),
    configuration: readConfiguration(fields['configuration']),
    messages: integerField(fields, 'messages', WHOLE),
    bytes: integerField(fields, 'bytes', WHOLE),
    delayed: integerField(fields, 'delayed', WHOLE),
    groups: integerField(fields, 'groups', WHOLE),
  };
}

function readConfiguration(value: unknown): TopicConfiguration {
  const fields = fieldsOf(value, 'a configuration');
  return {
    visibilityMs: integerField(fields, 'visibilityMs', WHOLE),
    maxDeliveries: integerField(fields, 'maxDeliveries', WHOLE),
    backoff: readBackoff(fields['backoff']),
    retention: choiceField(fields, 'retention', ['work', 'log']),
    maxAgeMs: optionalIntegerField(fields, 'maxAgeMs', WHOLE),
    maxMessages: optionalIntegerField(fields, 'maxMessages', WHOLE),
    maxBytes: optionalIntegerField(fields, 'maxBytes', WHOLE),
    overflow: choiceField(fields, 'overflow', ['reject', 'drop-oldest']),
    deadLetterTopic: optionalTextField(fields, 'deadLetterTopic', NAME_BYTES_MAX),
    deduplicationWindowMs: integerField(fields, 'deduplicationWindowMs', WHOLE),
    onOrderedFailure: choiceField(fields, 'onOrderedFailure', ['block', 'dead-letter']),
  };
}

function readBackoff(value: unknown): TopicConfiguration['backoff'] {
  if (value === null) return null;
  const fields = fieldsOf(value, 'a back-off');
  const { multiplier } = fields;
  if (typeof multiplier !== 'number') throw new MalformedValue('multiplier', 'a number');
  return {
    initialMs: integerField(fields, 'initialMs', WHOLE),
    multiplier,
    maxMs: integerField(fields, 'maxMs', WHOLE),
  };
}

function readGroup(value: unknown): GroupView {
  const fields = fieldsOf(value, 'a group');
  return {
    group: textField(fields, 'group', NAME_BYTES_MAX),
    ready: integerField(fields, 'ready', WHOLE),
    delayed: integerField(fields, 'delayed', WHOLE),
    inFlight: integerField(fields, 'inFlight', WHOLE),
    deadLettered: integerField(fields, 'deadLettered', WHOLE),
    oldestReadyAgeMs: optionalIntegerField(fields, 'oldestReadyAgeMs', WHOLE),
    consumers: listField(fields, 'consumers', CONSUMERS_LISTED_MAX).map((consumer) =>
      textField({ consumer }, 'consumer', NAME_BYTES_MAX),
    ),
  };
}

function readMessage(value: unknown): MessageView {
  const fields = fieldsOf(value, 'a message');
  return {
    id: textField(fields, 'id', NAME_BYTES_MAX),
    handedOut: readHandedOut(fields['handedOut']),
    bodies: readStoredParts(fields['bodies']),
    deliverAtMs: optionalIntegerField(fields, 'deliverAtMs', WHOLE),
    expiresAtMs: optionalIntegerField(fields, 'expiresAtMs', WHOLE),
    groups: listField(fields, 'groups', GROUPS_PER_TOPIC_MAX).map(readStateInGroup),
  };
}

function readStateInGroup(value: unknown): MessageStateInGroup {
  const fields = fieldsOf(value, 'a state in a group');
  return {
    group: textField(fields, 'group', NAME_BYTES_MAX),
    state: choiceField(fields, 'state', [
      'ready',
      'delayed',
      'in-flight',
      'acknowledged',
      'blocked',
    ]),
    deliveries: integerField(fields, 'deliveries', WHOLE),
    visibleAtMs: optionalIntegerField(fields, 'visibleAtMs', WHOLE),
  };
}

function readPage(value: unknown): MessagePage {
  const fields = fieldsOf(value, 'a page of messages');
  return {
    topicId: integerField(fields, 'topicId', WHOLE),
    messages: listField(fields, 'messages', RECEIPTS_MAX).map(readHandedOut),
    bodies: readStoredParts(fields['bodies']),
    next: optionalIntegerField(fields, 'next', WHOLE),
  };
}

function readPending(value: unknown): PendingPage {
  const fields = fieldsOf(value, 'messages in flight');
  return {
    topicId: integerField(fields, 'topicId', WHOLE),
    groupId: integerField(fields, 'groupId', WHOLE),
    pending: listField(fields, 'pending', RECEIPTS_MAX).map(readPendingMessage),
    next: optionalIntegerField(fields, 'next', WHOLE),
  };
}

function readPendingMessage(value: unknown): PendingView {
  const fields: Fields = fieldsOf(value, 'a message in flight');
  return {
    sequence: integerField(fields, 'sequence', WHOLE),
    deliveryId: integerField(fields, 'deliveryId', WHOLE),
    consumer: optionalTextField(fields, 'consumer', NAME_BYTES_MAX),
    deliveries: integerField(fields, 'deliveries', WHOLE),
    visibleAtMs: integerField(fields, 'visibleAtMs', WHOLE),
  };
}
