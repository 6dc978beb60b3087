import {
  booleanField,
  choiceField,
  fieldsOf,
  integerField,
  optionalIntegerField,
  WHOLE,
} from '@sinkron/fields';
import { optionalTextField } from '../../fields.js';
import {
  AHEAD_MS_MAX,
  REASON_CHARS_MAX,
  RECEIPTS_MAX,
  REDRIVE_MAX,
  VISIBILITY_MS_MAX,
  VISIBILITY_MS_MIN,
} from '../../limits.js';
import type { SeekTarget, TopicCommand } from '../topic-command.js';
import { readConfiguration } from './read-configuration.js';
import { readOutbox } from './read-outbox.js';
import { readPublish } from './read-publish.js';
import {
  readGroupName,
  readId,
  readOptionalName,
  readOptionalTopicName,
  readReceipts,
  readTopicName,
} from './topic-fields.js';

const KINDS = [
  'publish',
  'receive',
  'ack',
  'nack',
  'return',
  'extend',
  'configure',
  'delete-topic',
  'purge',
  'delete-message',
  'create-group',
  'delete-group',
  'seek',
  'redrive',
  'deliver-outbox',
  'outbox-delivered',
  'due',
  'sweep',
] as const;

const VISIBILITY = { min: VISIBILITY_MS_MIN, max: VISIBILITY_MS_MAX };

/** @throws MalformedValue */
export function readCommand(value: unknown): TopicCommand {
  const fields = fieldsOf(value, 'command');
  const kind = choiceField(fields, 'kind', KINDS);
  if (kind === 'publish') return readPublish(fields);
  if (kind === 'sweep') return { kind };
  if (kind === 'due') return { kind, term: integerField(fields, 'term', WHOLE) };
  if (kind === 'deliver-outbox' || kind === 'outbox-delivered') return readOutbox(kind, fields);
  const topic = readTopicName(fields);
  if (kind === 'delete-topic' || kind === 'purge') return { kind, topic };
  if (kind === 'configure') {
    return { kind, topic, configuration: readConfiguration(fields['configuration']) };
  }
  if (kind === 'delete-message') return { kind, topic, id: readId(fields) };
  if (kind === 'redrive') {
    const max = integerField(fields, 'max', { min: 1, max: REDRIVE_MAX });
    const origin = readOptionalTopicName(fields, 'origin');
    const to = readOptionalTopicName(fields, 'to');
    return { kind, topic, max, to, ...(origin === null ? {} : { origin }) };
  }
  const group = readGroupName(fields);
  switch (kind) {
    case 'create-group':
      return { kind, topic, group, from: choiceField(fields, 'from', ['earliest', 'latest']) };
    case 'delete-group':
      return { kind, topic, group };
    case 'receive':
      return {
        kind,
        topic,
        group,
        consumer: readOptionalName(fields, 'consumer'),
        max: integerField(fields, 'max', { min: 1, max: RECEIPTS_MAX }),
        visibilityMs: optionalIntegerField(fields, 'visibilityMs', VISIBILITY),
      };
    case 'ack':
    case 'return':
      return { kind, topic, group, receipts: readReceipts(fields) };
    case 'nack':
      return {
        kind,
        topic,
        group,
        receipts: readReceipts(fields),
        delayMs: optionalIntegerField(fields, 'delayMs', { min: 0, max: AHEAD_MS_MAX }),
        reason: optionalTextField(fields, 'reason', REASON_CHARS_MAX),
        deadLetter: booleanField(fields, 'deadLetter'),
      };
    case 'extend': {
      const visibilityMs = integerField(fields, 'visibilityMs', { ...VISIBILITY, min: 0 });
      return { kind, topic, group, receipts: readReceipts(fields), visibilityMs };
    }
    case 'seek':
      return { kind, topic, group, to: readTarget(fields['to']) };
  }
}

function readTarget(value: unknown): SeekTarget {
  const fields = fieldsOf(value, 'to');
  const kind = choiceField(fields, 'kind', ['earliest', 'latest', 'id', 'time']);
  switch (kind) {
    case 'earliest':
    case 'latest':
      return { kind };
    case 'id':
      return { kind, id: readId(fields) };
    case 'time':
      return { kind, timeMs: integerField(fields, 'timeMs', WHOLE) };
  }
}
