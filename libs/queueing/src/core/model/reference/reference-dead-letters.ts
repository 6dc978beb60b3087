import { DEFAULT_TOPIC_CONFIGURATION } from '../../commands/topic-configuration.js';
import type { Message, Origin, Topic } from './reference-state.js';

export function newTopic(name: string): Topic {
  return {
    name,
    id: null,
    configuration: DEFAULT_TOPIC_CONFIGURATION,
    lastSequence: 0,
    opened: 0,
    messages: [],
    groups: [],
    deduplication: [],
  };
}

/** Where messages go that fail; null for a dead-letter topic, which has none. */
export function deadLetterTopicOf(topic: Topic): string | null {
  if (topic.name.endsWith('.dead')) return null;
  return topic.configuration.deadLetterTopic ?? `${topic.name}.dead`;
}

/** Stores a message once more, as the newest of another topic, without limits. */
export function storeCopy(
  topic: Topic,
  message: Message,
  nowMs: number,
  origin: Origin | null,
): Message {
  topic.lastSequence += 1;
  topic.opened += 1;
  const { priority, key, packed, place } = message;
  const copy: Message = {
    sequence: topic.lastSequence,
    priority,
    key,
    publishedAtMs: nowMs,
    expiresAtMs: null,
    bytes: null,
    packed,
    place,
    origin,
    dueMs: null,
    opened: topic.opened,
    expired: false,
  };
  topic.messages.push(copy);
  return copy;
}
