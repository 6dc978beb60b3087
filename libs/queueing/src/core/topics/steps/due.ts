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
 * once for each group that looks at them.
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
    const messages = (): number => Math.ceil(budget / groups);
    budget -= groups * removeAged(shard, topic, messages());
    if (budget > 0) budget -= groups * doScheduled(shard, topic, messages());
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

/** Ends ttls, then opens delayed messages, at most `budget` of both. @returns what that cost of it. */
function doScheduled(shard: Shard, topic: Topic, budget: number): number {
  const { scheduledMs } = topic.counts;
  if (scheduledMs === null || scheduledMs > shard.nowMs) return 0;
  const { store } = topic.segments;
  const segments = new Map<Segment, boolean>();
  const due = new DueMessages(shard.nowMs, budget);
  const entries: string[] = [];
  for (const [key] of shard.records.under(TABLES.schedule, store)) {
    const entry = readScheduleKey(key, store);
    if (entry.dueMs > shard.nowMs || entries.length === RECORDS_PER_COMMAND_MAX) break;
    const segment = topic.segments.at(entry.segment);
    if (segment !== undefined && !segments.has(segment)) {
      if (due.isFull) break;
      // All that is due in a segment is done together, however many moments that is.
      segments.set(segment, due.add(segment));
    }
    if (segment === undefined || segments.get(segment) === true) entries.push(key);
  }
  endTtls(topic, due.ended);
  mature(topic, due.open);
  for (const key of entries) shard.records.remove(TABLES.schedule, key);
  topic.touch().scheduledMs = null;
  for (const [key] of shard.records.under(TABLES.schedule, store)) {
    topic.counts.scheduledMs = readScheduleKey(key, store).dueMs;
    break;
  }
  return due.work;
}

/** Of a delayed message, or one with a ttl: when that ends. */
interface Timed extends Located {
  readonly dueMs: number;
  readonly sequence: number;
}

/** The messages of segments whose time has come, up to a number of them. */
class DueMessages {
  /** Past their ttl. */
  readonly ended: Timed[] = [];
  /** Delayed until now. */
  readonly open: Timed[] = [];
  /** Messages; one of a segment where none is left counts as well, for the look at it. */
  work = 0;

  constructor(
    private readonly nowMs: number,
    private readonly limit: number,
  ) {}

  get isFull(): boolean {
    return this.work >= this.limit;
  }

  /** The earliest first. @returns whether all of the segment were taken. */
  add(segment: Segment): boolean {
    const ended: Timed[] = [];
    const open: Timed[] = [];
    for (const { place, dueMs, expiresAtMs } of segment.facts.notes) {
      if (segment.isRemoved(place) || segment.isExpired(place)) continue;
      const timed = { segment, place, sequence: segment.sequenceAt(place) };
      if (expiresAtMs !== null && expiresAtMs <= this.nowMs) {
        ended.push({ ...timed, dueMs: expiresAtMs });
      } else if (dueMs !== null && dueMs <= this.nowMs && segment.isDelayed(place)) {
        open.push({ ...timed, dueMs });
      }
    }
    if (ended.length + open.length === 0) this.work += 1;
    return this.take(ended, this.ended) && this.take(open, this.open);
  }

  private take(from: Timed[], to: Timed[]): boolean {
    const taken = from.sort(byTime).slice(0, this.limit - this.work);
    to.push(...taken);
    this.work += taken.length;
    return taken.length === from.length;
  }
}

function byTime(one: Timed, other: Timed): number {
  return one.dueMs - other.dueMs || one.sequence - other.sequence;
}

/** Messages past their ttl go, unless a consumer has them: those go when it is done with them. */
function endTtls(topic: Topic, timed: readonly Timed[]): void {
  const open: StoredMessage[] = [];
  const ended: StoredMessage[] = [];
  for (const { segment, place } of timed) {
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
function mature(topic: Topic, timed: Timed[]): void {
  if (timed.length === 0) return;
  timed.sort(byTime);
  for (const located of timed) topic.mature(located);
  topic.groups?.matured(timed.map(({ segment, place }) => segment.message(place)));
}
