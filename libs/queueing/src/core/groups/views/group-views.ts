import { compareByteOrder } from '@sinkron/utf8';
import type {
  GroupCounts,
  GroupView,
  MessageStateInGroup,
  PendingView,
} from '../../commands/topic-query.js';
import { CONSUMERS_LISTED_MAX, PRIORITIES } from '../../limits.js';
import type { StoredMessage } from '../../ports.js';
import type { GroupState } from '../state/group-state.js';
import type { PendingTerms } from '../terms.js';

/** From its record alone. */
export function countsOf(group: GroupState): GroupCounts {
  const { name, inFlight, waiting, deadLettered, settledDelayed } = group.record;
  const { delayed } = group.topic.options.messages.counts;
  return {
    group: name,
    ready: group.ready,
    delayed: waiting + delayed - settledDelayed,
    inFlight,
    deadLettered,
  };
}

export function groupView(group: GroupState, logTimeMs: number): GroupView {
  const { inFlight } = group.record;
  const consumers = inFlight === 0 ? [] : [...group.memory.consumers].sort(compareByteOrder);
  return {
    ...countsOf(group),
    oldestReadyAgeMs: oldestReadyAgeMs(group, logTimeMs),
    consumers: consumers.slice(0, CONSUMERS_LISTED_MAX),
  };
}

/** The first of each priority, ahead of the cursor and behind it, are looked at: the oldest is one of them. */
export function oldestReadyAgeMs(group: GroupState, logTimeMs: number): number | null {
  if (group.ready === group.record.blocked) return null;
  const { messages } = group.topic.options;
  let oldestMs = Number.POSITIVE_INFINITY;
  for (let priority = 0; priority < PRIORITIES; priority += 1) {
    const [ahead] = messages.open(group.id, priority, group.cursor(priority), 1);
    const back = group.record.returned === 0 ? undefined : group.tables.firstReturned(priority);
    const returned = back === undefined ? undefined : messages.get(back.sequence);
    for (const message of [ahead, returned]) {
      if (message !== undefined) oldestMs = Math.min(oldestMs, message.publishedAtMs);
    }
  }
  return Number.isFinite(oldestMs) ? Math.max(0, logTimeMs - oldestMs) : null;
}

export function pendingOf(
  group: GroupState,
  { consumer, after, limit }: PendingTerms,
): readonly PendingView[] {
  if (group.record.inFlight === 0) return [];
  const found: PendingView[] = [];
  for (const { sequence, delivery, deliveries, visibleAtMs } of group.memory.inFlight) {
    if (after !== null && sequence <= after) continue;
    if (consumer !== null && delivery.consumer !== consumer) continue;
    const { id: deliveryId, consumer: name } = delivery;
    found.push({ sequence, deliveryId, consumer: name, deliveries, visibleAtMs });
  }
  return found.sort((one, other) => one.sequence - other.sequence).slice(0, limit);
}

export function stateOf(group: GroupState, message: StoredMessage): MessageStateInGroup {
  const { messages } = group.topic.options;
  const { sequence, key } = message;
  const at = (
    state: MessageStateInGroup['state'],
    { deliveries, visibleAtMs }: { deliveries: number; visibleAtMs: number | null },
  ): MessageStateInGroup => ({ group: group.record.name, state, deliveries, visibleAtMs });
  const never = { deliveries: 0, visibleAtMs: null };
  if (messages.hasSettled(group.id, sequence)) return at('acknowledged', never);
  if (messages.isDelayed(sequence)) return at('delayed', never);
  if (group.isPassed(message)) {
    const entry = group.entryOf(sequence);
    if (entry !== undefined) return at('in-flight', entry);
    const back = group.returnedOf(message);
    if (back?.kind === 'waiting') {
      const { deliveries, availableAtMs } = back.attempts;
      return at('delayed', { deliveries, visibleAtMs: availableAtMs });
    }
    if (back !== undefined) return at('ready', { ...never, deliveries: back.attempts.deliveries });
    return at('blocked', never);
  }
  const isHead = key === null || messages.headOfKey(key, group.id)?.sequence === sequence;
  return at(isHead ? 'ready' : 'blocked', never);
}
