import { invariant } from '@sinkron/invariant';
import { messageId } from '../../message/message-id.js';
import {
  packMessages,
  takePacked,
  unpackMessages,
  type PackedMessages,
} from '../../message/packed-messages.js';
import type { DeadLetterFacts } from '../../groups/topic-groups.js';
import type { StoredMessage } from '../../ports.js';
import type { Origin, Segment } from '../segments/segment.js';
import type { Located } from '../segments/topic-segments.js';
import { DEAD_LETTER_SUFFIX, type Shard } from '../state/shard.js';
import type { Topic } from '../state/topic.js';
import { isoTime } from '../iso-time.js';
import { openMessages } from './announce.js';

/** Null: what fails in a dead-letter topic stays there. */
export function deadLetterTopicOf({ name, configuration }: Topic): string | null {
  if (name.endsWith(DEAD_LETTER_SUFFIX)) return null;
  return configuration.deadLetterTopic ?? name + DEAD_LETTER_SUFFIX;
}

/**
 * Stores a copy of a failed message, with its history in the headers, where dead letters go. @returns
 * false when the command may copy no more: nothing was stored.
 */
export function makeDeadLetter(
  shard: Shard,
  topic: Topic,
  message: StoredMessage,
  facts: DeadLetterFacts,
): boolean {
  if (!shard.mayCopy) return false;
  const name = deadLetterTopicOf(topic);
  const located = topic.segments.find(message.sequence);
  invariant(name !== null && located !== undefined, 'Topic: what fails is stored and may fail', {
    topic: topic.name,
    sequence: message.sequence,
  });
  const packed = withHistory(shard, topic, located, facts);
  const origin = { topic: topic.name, group: facts.group, sequence: message.sequence };
  moveTo(shard, { name, from: topic.name }, message, packed, origin);
  shard.tell({ kind: 'dead-lettered', topic: topic.name, group: facts.group });
  return true;
}

/** Stores a copy in a topic for all its groups, or sends it to the shard of that topic. */
export function moveTo(
  shard: Shard,
  { name, from }: { readonly name: string; readonly from: string },
  message: Pick<StoredMessage, 'priority' | 'key'>,
  content: PackedMessages,
  origin: Origin | null,
): void {
  if (shard.outbox.isElsewhere(name)) {
    const { priority, key } = message;
    const { packed } = content;
    shard.leave({ topic: name, from, priority, key, origin, isBack: false, packed });
    return;
  }
  const target = shard.made(name);
  const segment = storeCopy(shard, target, message, content, origin);
  target.groups?.published(() => openMessages([segment]));
}

/** Stores a message once more, as the newest of another topic; limits do not hold for it. */
export function storeCopy(
  shard: Shard,
  target: Topic,
  { priority, key }: Pick<StoredMessage, 'priority' | 'key'>,
  { packed, sizes }: PackedMessages,
  origin: Origin | null,
): Segment {
  shard.touch(target);
  shard.countCopied(packed.byteLength);
  const isPlain = key === null && origin === null;
  return target.store(
    {
      priority,
      first: target.take(1),
      publishedAtMs: shard.nowMs,
      offsets: null,
      sizes,
      notes: isPlain ? [] : [{ place: 0, key, dueMs: null, expiresAtMs: null, origin }],
    },
    packed,
  );
}

/** The one message, packed as it is stored. */
export function packedOf(topic: Topic, { segment, place }: Located): PackedMessages {
  const packed = topic.segments.packed(segment);
  invariant(packed !== undefined, 'Topic: a stored message has a body', { key: segment.key });
  return takePacked({ packed, sizes: segment.facts.sizes }, [place]);
}

function withHistory(
  shard: Shard,
  topic: Topic,
  located: Located,
  { group, deliveries, cause, reason }: DeadLetterFacts,
): PackedMessages {
  const { codec } = shard.records;
  const added: Readonly<Record<string, string>> = {
    'sinkron-origin-topic': topic.name,
    'sinkron-origin-group': group,
    'sinkron-origin-id': messageId(topic.topicId, located.segment.sequenceAt(located.place)),
    'sinkron-deliveries': String(deliveries),
    'sinkron-dead-letter-reason': reason ?? (cause === 'rejected' ? 'rejected' : 'max-deliveries'),
    'sinkron-dead-lettered-at': isoTime(shard.nowMs),
  };
  const messages = unpackMessages(codec, packedOf(topic, located).packed).map((message) => ({
    ...message,
    headers: JSON.stringify({ ...headersOf(message.headers), ...added }),
  }));
  return packMessages(codec, messages);
}

/** The headers that the client gave; none if what is stored is no object. */
function headersOf(text: string | null): Readonly<Record<string, unknown>> {
  if (text === null) return {};
  try {
    const headers: unknown = JSON.parse(text);
    return typeof headers === 'object' && headers !== null ? { ...headers } : {};
  } catch {
    return {};
  }
}
