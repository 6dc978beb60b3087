import { choiceField, fieldsOf, integerField } from '@sinkron/fields';
import { textField } from '../../fields.js';
import { PROPOSER_CHARS_MAX, WANTED_MAX } from '../../limits.js';
import type { TopicRequest } from '../topic-request.js';
import { readGroupName, readTopicName } from './topic-fields.js';

/** @throws MalformedValue */
export function readRequest(value: unknown): TopicRequest {
  const fields = fieldsOf(value, 'request');
  return {
    kind: choiceField(fields, 'kind', ['watch']),
    proposer: textField(fields, 'proposer', PROPOSER_CHARS_MAX),
    topic: readTopicName(fields),
    group: readGroupName(fields),
    wanted: integerField(fields, 'wanted', { min: 0, max: WANTED_MAX }),
  };
}
