import { invariant } from '@sinkron/invariant';
import type { StoredMessage } from '../../ports.js';
import type { Topic } from '../state/topic.js';

/** Stored messages go for all, in flight or not. */
export function removeMessages(topic: Topic, messages: readonly StoredMessage[]): void {
  if (messages.length === 0) return;
  topic.groups?.removed(messages);
  for (const { sequence } of messages) {
    const located = topic.segments.find(sequence);
    invariant(located !== undefined, 'Topic: what is removed is stored', { sequence });
    topic.remove(located);
  }
  topic.groups?.afterRemoval(messages);
}
