import { RECORDS_PER_COMMAND_MAX } from '../../limits.js';
import type { StoredMessage } from '../../ports.js';
import { DUE_TOPICS_MAX } from '../limits.js';
import { readScheduleKey, TABLES } from '../records/record-keys.js';
import { DueMessages, type DueMessage } from '../state/due-messages.js';
import type { Shard } from '../state/shard.js';
import type { Topic } from '../state/topic.js';
import { storedMessages } from './announce.js';
import { forgetDue } from './deduplication.js';
import { removeMessages } from './remove.js';

/** Messages that one entry does something about; each is two or three records. */
const BUDGET = Math.floor(RECORDS_PER_COMMAND_MAX / 2);

/**
 * Does what is due by log time, for about {@link BUDGET} messages: deliveries whose visibility has
 * passed first, so that what fails for the last time is a dead letter before it is too old; then what
 * is too old, and then what is past its ttl or was delayed, in the order of these times. Messages of
 * the last three kinds count once for each group that looks at them.
 */
export function doDue(shard: Shard): void {
  const topics: Topic[] = [];
  for (const topicId of shard.due.dueBy(shard.nowMs, DUE_TOPICS_MAX)) {
    const topic = shard.topicOf(topicId);
    if (topic !== undefined) topics.push(topic);
  }
  let budget = BUDGET;
  for (const topic of topics) {
    if (budget <= 0) return;
    shard.touch(topic);
    budget -= topic.groups?.expireDue(shard.nowMs, budget) ?? 0;
    // Dead letters may be left to make, of what would be too old by then.
    if (!shard.mayCopy) return;
  }
  for (const topic of topics) {
    if (budget <= 0) return;
    const groups = Math.max(1, topic.readers.size);
    budget -= groups * removeAged(shard, topic, Math.ceil(budget / groups));
    if (budget > 0) budget -= doScheduled(shard, topic, { budget, groups });
    if (budget > 0) budget -= forgetDue(shard, topic, budget);
  }
}

/** Removes messages past the topic's `maxAgeMs` from the front. @returns how many. */
function removeAged(shard: Shard, topic: Topic, budget: number): number {
  const { maxAgeMs } = topic.configuration;
  const { oldestMs } = topic.counts;
  if (maxAgeMs === null || oldestMs === null || oldestMs + maxAgeMs > shard.nowMs) return 0;
  let removed = 0;
  let frontMs: number | null = null;
  for (const priority of topic.priorities) {
    for (const segment of topic.segments.from(priority, 0)) {
      const { publishedAtMs } = segment.facts;
      if (publishedAtMs + maxAgeMs > shard.nowMs || removed >= budget) {
        frontMs = Math.min(frontMs ?? publishedAtMs, publishedAtMs);
        break;
      }
      const stored = storedMessages(segment);
      const messages = stored.slice(0, budget - removed);
      removeMessages(topic, messages);
      removed += messages.length;
      if (messages.length < stored.length) {
        frontMs = Math.min(frontMs ?? publishedAtMs, publishedAtMs);
        break;
      }
    }
  }
  topic.touch().oldestMs = frontMs;
  return removed;
}

/**
 * Ends ttls, and opens delayed messages. @returns what that cost of the budget: a look at a moment when
 * nothing is left to do costs as much as one group's look at a message.
 */
function doScheduled(
  shard: Shard,
  topic: Topic,
  { budget, groups }: { readonly budget: number; readonly groups: number },
): number {
  const { scheduledMs } = topic.counts;
  if (scheduledMs === null || scheduledMs > shard.nowMs) return 0;
  const due = new DueMessages(topic, shard.nowMs);
  const ended: DueMessage[] = [];
  const open: DueMessage[] = [];
  let cost = 0;
  while (cost < budget) {
    const message = due.take();
    if (message === undefined) break;
    cost += message === null ? 1 : groups;
    if (message !== null) (message.isExpired ? ended : open).push(message);
  }
  endTtls(topic, ended);
  mature(topic, open);
  for (const key of due.done) shard.records.remove(TABLES.schedule, key);
  topic.touch().scheduledMs = firstScheduledMs(topic);
  return cost;
}

function firstScheduledMs(topic: Topic): number | null {
  let first: number | null = null;
  for (const priority of topic.priorities) {
    for (const [key] of topic.scheduled(priority)) {
      const { dueMs } = readScheduleKey(key, topic.segments.store);
      first = Math.min(first ?? dueMs, dueMs);
      break;
    }
  }
  return first;
}

/** Messages past their ttl go, unless a consumer has them: those go when it is done with them. */
function endTtls(topic: Topic, due: readonly DueMessage[]): void {
  const open: StoredMessage[] = [];
  const ended: StoredMessage[] = [];
  for (const { segment, place } of due) {
    const message = segment.message(place);
    if (segment.isDelayed(place)) {
      ended.push(message);
    } else {
      open.push(message);
      topic.expire({ segment, place });
    }
  }
  if (open.length > 0) topic.groups?.expired(open.sort(bySequence));
  for (const message of open) {
    const located = topic.segments.find(message.sequence);
    // Groups that were done with it before do not say so again.
    if (located !== undefined && topic.isDone(located)) ended.push(message);
  }
  removeMessages(topic, ended.sort(bySequence));
}

function bySequence(one: StoredMessage, other: StoredMessage): number {
  return one.sequence - other.sequence;
}

/** Delayed messages whose time has come are open, in the order of their times. */
function mature(topic: Topic, due: readonly DueMessage[]): void {
  if (due.length === 0) return;
  for (const located of due) topic.mature(located);
  topic.groups?.matured(due.map(({ segment, place }) => segment.message(place)));
}
