import { integer, list, WHOLE } from '@sinkron/fields';
import { readConfiguration } from '../../commands/reading/read-configuration.js';
import type { TopicConfiguration } from '../../commands/topic-configuration.js';

/** What is known of a topic by its name. */
export interface TopicRecord {
  readonly topicId: number;
  readonly configuration: TopicConfiguration;
}

export function topicRecord(topicId: number, configuration: TopicConfiguration): unknown {
  return [topicId, configuration];
}

/** @throws MalformedValue */
export function readTopicRecord(value: unknown): TopicRecord {
  const [topicId, configuration] = list(value, 'a topic record', 2);
  return {
    topicId: integer(topicId, 'topicId', WHOLE),
    configuration: readConfiguration(configuration),
  };
}
