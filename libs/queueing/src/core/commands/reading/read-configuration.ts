import {
  choiceField,
  fieldsOf,
  integerField,
  MalformedValue,
  optionalIntegerField,
} from '@sinkron/fields';
import {
  AHEAD_MS_MAX,
  BACKOFF_MULTIPLIER_MAX,
  DEDUPLICATION_WINDOW_MS_MAX,
  DELIVERIES_MAX,
  TOPIC_LIMIT_MAX,
  VISIBILITY_MS_MAX,
  VISIBILITY_MS_MIN,
} from '../../limits.js';
import type { Backoff, TopicConfiguration } from '../topic-configuration.js';
import { readOptionalTopicName } from './topic-fields.js';

const VISIBILITY = { min: VISIBILITY_MS_MIN, max: VISIBILITY_MS_MAX };
const AHEAD = { min: 0, max: AHEAD_MS_MAX };
const LIMIT = { min: 1, max: TOPIC_LIMIT_MAX };

/** @throws MalformedValue */
export function readConfiguration(value: unknown): TopicConfiguration {
  const fields = fieldsOf(value, 'configuration');
  return {
    visibilityMs: integerField(fields, 'visibilityMs', VISIBILITY),
    maxDeliveries: integerField(fields, 'maxDeliveries', { min: 1, max: DELIVERIES_MAX }),
    backoff: fields['backoff'] === null ? null : readBackoff(fields['backoff']),
    retention: choiceField(fields, 'retention', ['work', 'log']),
    maxAgeMs: optionalIntegerField(fields, 'maxAgeMs', { min: 1, max: AHEAD_MS_MAX }),
    maxMessages: optionalIntegerField(fields, 'maxMessages', LIMIT),
    maxBytes: optionalIntegerField(fields, 'maxBytes', LIMIT),
    overflow: choiceField(fields, 'overflow', ['reject', 'drop-oldest']),
    deadLetterTopic: readOptionalTopicName(fields, 'deadLetterTopic'),
    deduplicationWindowMs: integerField(fields, 'deduplicationWindowMs', {
      min: 0,
      max: DEDUPLICATION_WINDOW_MS_MAX,
    }),
    onOrderedFailure: choiceField(fields, 'onOrderedFailure', ['block', 'dead-letter']),
  };
}

function readBackoff(value: unknown): Backoff {
  const fields = fieldsOf(value, 'backoff');
  const { multiplier } = fields;
  if (
    typeof multiplier !== 'number' ||
    !(multiplier >= 1 && multiplier <= BACKOFF_MULTIPLIER_MAX)
  ) {
    throw new MalformedValue('multiplier', `a number of 1 to ${BACKOFF_MULTIPLIER_MAX}`);
  }
  return {
    initialMs: integerField(fields, 'initialMs', AHEAD),
    multiplier,
    maxMs: integerField(fields, 'maxMs', AHEAD),
  };
}
