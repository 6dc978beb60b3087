import type { QueueFull } from '../../commands/topic-result.js';
import type { StoredMessage } from '../../ports.js';
import {
  DROPPED_IN_GROUPS_MAX,
  DROPPED_PER_PUBLISH_MAX,
  LOOKED_AT_PER_PUBLISH_MAX,
} from '../limits.js';
import type { Shard } from '../state/shard.js';
import type { Topic } from '../state/topic.js';
import { walk } from '../state/walk.js';
import { removeMessages } from './remove.js';

interface Addition {
  readonly messages: number;
  readonly bytes: number;
}

/**
 * Drops the oldest open messages if the topic wants that and it makes enough room; nothing otherwise.
 *
 * @returns the refusal of a publish that does not fit.
 */
export function makeRoom(shard: Shard, topic: Topic, more: Addition): QueueFull | undefined {
  const { maxMessages, maxBytes, overflow } = topic.configuration;
  if (more.messages === 0) return undefined;
  const messagesOver = excess(topic.counts.messages + more.messages, maxMessages);
  const bytesOver = excess(topic.counts.bytes + more.bytes, maxBytes);
  if (messagesOver === 0 && bytesOver === 0) return undefined;
  const oldest = overflow === 'reject' ? undefined : oldestOf(topic, messagesOver, bytesOver);
  if (oldest !== undefined) {
    shard.touch(topic);
    removeMessages(topic, oldest);
    return undefined;
  }
  const limit =
    messagesOver > 0 ? `${maxMessages ?? 0} messages` : `${maxBytes ?? 0} bytes of messages`;
  return { status: 'queue-full', message: `The topic takes at most ${limit}.` };
}

function excess(wanted: number, limit: number | null): number {
  return limit === null ? 0 : Math.max(0, wanted - limit);
}

/** The oldest open messages, as many as needed; undefined when they are not enough, or too many. */
function oldestOf(
  topic: Topic,
  messages: number,
  bytes: number,
): readonly StoredMessage[] | undefined {
  const groups = Math.max(1, topic.readers.size);
  const droppedMax = Math.min(DROPPED_PER_PUBLISH_MAX, Math.floor(DROPPED_IN_GROUPS_MAX / groups));
  const oldest: StoredMessage[] = [];
  let freed = 0;
  let looked = 0;
  for (const { segment, place } of walk(topic, 0)) {
    if (oldest.length >= messages && freed >= bytes) return oldest;
    looked += 1;
    if (looked > LOOKED_AT_PER_PUBLISH_MAX) return undefined;
    if (!segment.isOpen(place)) continue;
    if (oldest.length === droppedMax) return undefined;
    const message = segment.message(place);
    oldest.push(message);
    freed += message.bytes;
  }
  return oldest.length >= messages && freed >= bytes ? oldest : undefined;
}
