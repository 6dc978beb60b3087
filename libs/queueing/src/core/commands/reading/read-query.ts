import { choiceField, fieldsOf, integerField, optionalIntegerField, WHOLE } from '@sinkron/fields';
import { LIST_ITEMS_MAX } from '../../limits.js';
import type { TopicQuery } from '../topic-query.js';
import {
  readGroupName,
  readId,
  readLimit,
  readOptionalName,
  readOptionalTopicName,
  readTopicName,
} from './topic-fields.js';

const KINDS = [
  'topic',
  'topics',
  'group',
  'groups',
  'message',
  'messages',
  'pending',
  'bodies',
] as const;
const STATES = ['ready', 'delayed', 'in-flight'] as const;

/** @throws MalformedValue */
export function readQuery(value: unknown): TopicQuery {
  const fields = fieldsOf(value, 'query');
  const kind = choiceField(fields, 'kind', KINDS);
  switch (kind) {
    case 'topic':
      return { kind, topic: readTopicName(fields) };
    case 'topics': {
      const after = readOptionalTopicName(fields, 'after');
      return { kind, after, limit: readLimit(fields, LIST_ITEMS_MAX) };
    }
    case 'group':
      return { kind, topic: readTopicName(fields), group: readGroupName(fields) };
    case 'groups':
      return {
        kind,
        topic: readTopicName(fields),
        after: readOptionalName(fields, 'after'),
        limit: readLimit(fields, LIST_ITEMS_MAX),
      };
    case 'message':
      return { kind, topic: readTopicName(fields), id: readId(fields) };
    case 'messages':
      return {
        kind,
        topic: readTopicName(fields),
        group: readOptionalName(fields, 'group'),
        state: fields['state'] === null ? null : choiceField(fields, 'state', STATES),
        after: optionalIntegerField(fields, 'after', WHOLE),
        limit: readLimit(fields, LIST_ITEMS_MAX),
      };
    case 'pending':
      return {
        kind,
        topic: readTopicName(fields),
        group: readGroupName(fields),
        consumer: readOptionalName(fields, 'consumer'),
        after: optionalIntegerField(fields, 'after', WHOLE),
        limit: readLimit(fields, LIST_ITEMS_MAX),
      };
    case 'bodies':
      return {
        kind,
        topic: readTopicName(fields),
        topicId: integerField(fields, 'topicId', WHOLE),
        groupId: integerField(fields, 'groupId', WHOLE),
        deliveryId: integerField(fields, 'deliveryId', WHOLE),
      };
  }
}
