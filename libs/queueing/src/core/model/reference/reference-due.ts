import type { ReferenceShard } from './reference-shard.js';
import { isExpired, type Topic } from './reference-state.js';

/** Whether the leader has to see to something by now. */
export function isDue({ topics }: ReferenceShard, nowMs: number): boolean {
  return topics.some((topic) => isTopicDue(topic, nowMs));
}

function isTopicDue({ messages, groups, configuration }: Topic, nowMs: number): boolean {
  const { maxAgeMs } = configuration;
  const inFlight = groups.flatMap(({ progress }) => {
    return [...progress.values()].flatMap((one) => one.inFlight ?? []);
  });
  if (inFlight.some(({ visibleAtMs }) => visibleAtMs <= nowMs)) return true;
  return messages.some((message) => {
    const { dueMs, publishedAtMs } = message;
    if (dueMs !== null && dueMs <= nowMs) return true;
    // With groups, one that came upon it may have seen to it.
    if (isExpired(message, nowMs)) return groups.length === 0;
    return maxAgeMs !== null && publishedAtMs + maxAgeMs <= nowMs;
  });
}
