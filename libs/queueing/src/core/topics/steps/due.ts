import type { StoredMessage } from '../../ports.js';
import { RECORDS_PER_COMMAND_MAX } from '../../limits.js';
import { DUE_TOPICS_MAX } from '../limits.js';
import { readScheduleKey, TABLES } from '../records/record-keys.js';
import type { Located } from '../segments/topic-segments.js';
import type { Segment } from '../segments/segment.js';
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
 * is too old or past its ttl, and only then what was delayed. Messages of the last three kinds count
 * once for each group that looks at them, but at least one segment of a topic is done.
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
    budget -= groups * removeAged(shard, topic, budget / groups);
    if (budget > 0) budget -= groups * doScheduled(shard, topic, budget / groups);
    if (budget > 0) budget -= forgetDue(shard, topic, budget);
  }
}

/** Removes messages past the topic's `maxAgeMs`, segments from the front. @returns how many. */
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
      const messages = storedMessages(segment);
      removeMessages(topic, messages);
      removed += messages.length;
    }
  }
  topic.touch().oldestMs = frontMs;
  return removed;
}

/** Ends ttls, then opens delayed messages. @returns of how many messages. */
function doScheduled(shard: Shard, topic: Topic, budget: number): number {
  const { scheduledMs } = topic.counts;
  if (scheduledMs === null || scheduledMs > shard.nowMs) return 0;
  const { store } = topic.segments;
  const segments = new Set<Segment>();
  const entries: string[] = [];
  let found = 0;
  for (const [key] of shard.records.under(TABLES.schedule, store)) {
    const entry = readScheduleKey(key, store);
    if (entry.dueMs > shard.nowMs) break;
    const segment = topic.segments.at(entry.segment);
    // All that is due in a segment is done at once, however many moments that is.
    if (segment !== undefined && !segments.has(segment)) {
      if (found >= budget) break;
      segments.add(segment);
      found += segment.count;
    }
    entries.push(key);
  }
  endTtls(topic, segments, shard.nowMs);
  mature(topic, segments, shard.nowMs);
  for (const key of entries) shard.records.remove(TABLES.schedule, key);
  topic.touch().scheduledMs = null;
  for (const [key] of shard.records.under(TABLES.schedule, store)) {
    topic.counts.scheduledMs = readScheduleKey(key, store).dueMs;
    break;
  }
  return found;
}

/** Messages past their ttl go, unless a consumer has them: those go when it is done with them. */
function endTtls(topic: Topic, segments: ReadonlySet<Segment>, nowMs: number): void {
  const open: StoredMessage[] = [];
  const ended: StoredMessage[] = [];
  for (const segment of segments) {
    for (const { place, expiresAtMs } of segment.facts.notes) {
      if (expiresAtMs === null || expiresAtMs > nowMs) continue;
      if (segment.isRemoved(place) || segment.isExpired(place)) continue;
      const message = segment.message(place);
      if (segment.isDelayed(place)) {
        ended.push(message);
      } else {
        open.push(message);
        topic.expire({ segment, place });
      }
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
function mature(topic: Topic, segments: ReadonlySet<Segment>, nowMs: number): void {
  const due: (Located & { readonly dueMs: number; readonly sequence: number })[] = [];
  for (const segment of segments) {
    for (const { place, dueMs } of segment.facts.notes) {
      if (dueMs === null || dueMs > nowMs) continue;
      if (segment.isRemoved(place) || !segment.isDelayed(place)) continue;
      due.push({ segment, place, dueMs, sequence: segment.sequenceAt(place) });
    }
  }
  if (due.length === 0) return;
  due.sort((one, other) => one.dueMs - other.dueMs || one.sequence - other.sequence);
  for (const located of due) topic.mature(located);
  topic.groups?.matured(due.map(({ segment, place }) => segment.message(place)));
}
