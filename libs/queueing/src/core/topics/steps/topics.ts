import type { ConfigureCommand, DeleteMessageCommand } from '../../commands/topic-command.js';
import type {
  ConfigurationConflict,
  Configured,
  Deleted,
  MessageNotFound,
  QueueFull,
} from '../../commands/topic-result.js';
import { TOPICS_PER_SHARD_MAX } from '../../limits.js';
import { readMessageId } from '../../message/message-id.js';
import type { Shard } from '../state/shard.js';
import type { Topic } from '../state/topic.js';
import { removeMessages } from './remove.js';

export function configure(
  shard: Shard,
  { topic: name, configuration }: ConfigureCommand,
): Configured | ConfigurationConflict | QueueFull {
  const topic = shard.topic(name);
  if (topic === undefined) {
    if (shard.topicCount >= TOPICS_PER_SHARD_MAX) return tooManyTopics();
    shard.made(name, configuration);
    return { status: 'configured', created: true };
  }
  const { retention } = topic.configuration;
  if (configuration.retention !== retention && topic.counts.messages > 0) {
    const message = `The topic has messages: its retention stays '${retention}'.`;
    return { status: 'configuration-conflict', message };
  }
  shard.configure(topic, configuration);
  return { status: 'configured', created: false };
}

export function deleteMessage(
  topic: Topic,
  { id }: DeleteMessageCommand,
): Deleted | MessageNotFound {
  const place = readMessageId(id);
  const located =
    place?.topicId === topic.topicId ? topic.segments.find(place.sequence) : undefined;
  if (located === undefined) return { status: 'message-not-found' };
  removeMessages(topic, [located.segment.message(located.place)]);
  return { status: 'deleted' };
}

export function tooManyTopics(): QueueFull {
  const message = `A shard has at most ${TOPICS_PER_SHARD_MAX} topics, and this one has them.`;
  return { status: 'queue-full', message };
}
