import { invariant } from '@sinkron/invariant';
import type { TopicConfiguration } from '../../commands/topic-configuration.js';
import type { TopicGroups } from '../../groups/topic-groups.js';
import type { StoredMessage } from '../../ports.js';
import { BlockCounts } from './block-counts.js';
import { KeyIndex } from './key-index.js';
import {
  namedKey,
  numberKey,
  priorityKey,
  readNumberKey,
  scheduleKey,
  segmentKey,
  TABLES,
} from '../records/record-keys.js';
import type { ShardRecords } from '../records/shard-records.js';
import type { StoredSegment } from '../records/segment-record.js';
import type { SegmentCache } from '../segments/segment-cache.js';
import type { Origin, Segment, SegmentFacts } from '../segments/segment.js';
import { TopicSegments, type Located } from '../segments/topic-segments.js';
import { countsRecord, type TopicCounts } from './topic-counts.js';
import { PlaceSet } from '../segments/place-set.js';

export interface TopicFacts {
  readonly name: string;
  readonly topicId: number;
  readonly configuration: TopicConfiguration;
  readonly counts: TopicCounts;
}

/** A segment to be stored: where it stands follows from the topic. */
export type NewSegment = Omit<SegmentFacts, 'key'>;

/** What one message counts for. */
const OPEN = { open: 1, delayed: 0 };
const DELAYED = { open: 0, delayed: 1 };
const NOT_OPEN = { open: -1, delayed: 0 };
const NOT_DELAYED = { open: 0, delayed: -1 };
const MATURED = { open: 1, delayed: -1 };

/**
 * One topic: its configuration, its counts and its messages. What a command changes is written by
 * `flush`, each record once.
 */
export class Topic {
  readonly name: string;
  readonly topicId: number;
  configuration: TopicConfiguration;
  readonly counts: TopicCounts;
  /** By group: it sees nothing with a smaller sequence. */
  readonly readers = new Map<number, number>();
  /** Made with the first group. */
  groups: TopicGroups | undefined;
  private segmentsInUse: TopicSegments | undefined;
  private blocksInUse: BlockCounts | undefined;
  private keysInUse: KeyIndex | undefined;
  private changed = false;

  constructor(
    { name, topicId, configuration, counts }: TopicFacts,
    readonly records: ShardRecords,
    private readonly cache: SegmentCache,
  ) {
    this.name = name;
    this.topicId = topicId;
    this.configuration = configuration;
    this.counts = counts;
  }

  /** Made when they are asked for: most topics are idle, or empty, at any time. */
  get segments(): TopicSegments {
    this.segmentsInUse ??= new TopicSegments(this.records, this.cache, this.counts);
    return this.segmentsInUse;
  }

  get keys(): KeyIndex {
    this.keysInUse ??= new KeyIndex(this.records, this.segments.store);
    return this.keysInUse;
  }

  private get blocks(): BlockCounts {
    this.blocksInUse ??= new BlockCounts(this.records, this.segments.store);
    return this.blocksInUse;
  }

  /** Not delayed. */
  get open(): number {
    return this.counts.messages - this.counts.delayed;
  }

  /** `counts` is to be written. */
  touch(): TopicCounts {
    this.changed = true;
    return this.counts;
  }

  /** Takes the next sequences. @returns the first of them. */
  take(count: number): number {
    const counts = this.touch();
    counts.lastSequence += count;
    return counts.lastSequence - count + 1;
  }

  /** Stores messages whose sequences were taken. */
  store(news: NewSegment, packed: Uint8Array): Segment {
    const last = news.first + (news.offsets?.at(-1) ?? news.sizes.length - 1);
    const key = segmentKey(this.segments.store, news.priority, last);
    const stored: StoredSegment = { facts: { key, ...news }, packed };
    const segment = this.segments.add(stored);
    const counts = this.touch();
    counts.messages += segment.count;
    counts.oldestMs ??= news.publishedAtMs;
    if (news.notes.length === 0 && news.offsets === null) this.enterPlain(segment);
    else for (let place = 0; place < segment.count; place += 1) this.enter(segment, place);
    for (const dueMs of segment.dueTimes) this.schedule(dueMs, segment);
    return segment;
  }

  /** Gone for all. */
  remove({ segment, place }: Located): void {
    invariant(!segment.isRemoved(place), 'Topic: a message is removed once', {
      sequence: segment.sequenceAt(place),
    });
    const sequence = segment.sequenceAt(place);
    const delayed = segment.isDelayed(place);
    const counts = this.touch();
    counts.messages -= 1;
    counts.bytes -= segment.bytesAt(place);
    if (delayed) counts.delayed -= 1;
    if (segment.isExpired(place)) {
      counts.expired -= 1;
      this.records.remove(TABLES.held, this.segments.store + numberKey(sequence));
    }
    this.blocks.add(sequence, delayed ? NOT_DELAYED : NOT_OPEN);
    const note = segment.note(place);
    if (note !== undefined && note.key !== null && !delayed) {
      this.keys.remove(note.key, { segment, place });
    }
    if (note !== undefined && note.origin !== null) {
      this.records.remove(TABLES.origins, this.originKey(note.origin, sequence));
    }
    (segment.marks.removed ??= PlaceSet.empty(segment.count)).add(place);
    this.segments.change(segment);
  }

  /** Gone for all: messages of a segment without notes, of which none has expired; by ascending place. */
  removePlain(segment: Segment, places: readonly number[]): void {
    const removed = (segment.marks.removed ??= PlaceSet.empty(segment.count));
    const counts = this.touch();
    counts.messages -= places.length;
    for (const place of places) {
      const isNew = removed.add(place);
      invariant(isNew, 'Topic: a message is removed once');
      counts.bytes -= segment.bytesAt(place);
    }
    this.blocks.removeOpen(places.map((place) => segment.sequenceAt(place)));
    this.segments.change(segment);
  }

  /** A delayed message is open from now on. */
  mature({ segment, place }: Located): void {
    invariant(segment.isDelayed(place), 'Topic: what matures is delayed', {
      sequence: segment.sequenceAt(place),
    });
    (segment.marks.matured ??= PlaceSet.empty(segment.count)).add(place);
    this.touch().delayed -= 1;
    this.blocks.add(segment.sequenceAt(place), MATURED);
    const key = segment.note(place)?.key ?? null;
    if (key !== null) {
      segment.marks.keyOrders.set(place, this.take(1));
      this.keys.add(key, { segment, place });
    }
    this.segments.change(segment);
  }

  /** Nobody gets it any more; it goes when those who have it are done with it. */
  expire({ segment, place }: Located): void {
    invariant(segment.isOpen(place), 'Topic: an open message expires once', {
      sequence: segment.sequenceAt(place),
    });
    (segment.marks.expired ??= PlaceSet.empty(segment.count)).add(place);
    this.touch().expired += 1;
    const key = this.segments.store + numberKey(segment.sequenceAt(place));
    this.records.put(TABLES.held, key, null);
    this.segments.change(segment);
  }

  /** Messages past their ttl that consumers have, by sequence. */
  get held(): readonly StoredMessage[] {
    if (this.counts.expired === 0) return [];
    const messages: StoredMessage[] = [];
    const { store } = this.segments;
    for (const [key] of this.records.under(TABLES.held, store)) {
      const located = this.segments.find(readNumberKey(key, store.length));
      if (located !== undefined) messages.push(located.segment.message(located.place));
    }
    return messages;
  }

  hasSettled(groupId: number, { segment, place }: Located): boolean {
    const from = this.readers.get(groupId);
    if (from === undefined || segment.sequenceAt(place) < from) return true;
    return segment.marks.settled.get(groupId)?.has(place) === true;
  }

  /** @returns false if the group had settled it. */
  settle(groupId: number, located: Located): boolean {
    if (this.hasSettled(groupId, located)) return false;
    const { segment, place } = located;
    const { settled } = segment.marks;
    const places = settled.get(groupId) ?? PlaceSet.empty(segment.count);
    settled.set(groupId, places);
    places.add(place);
    this.segments.change(segment);
    return true;
  }

  /** Whether nobody needs the message any more. */
  isDone(located: Located): boolean {
    const { segment, place } = located;
    if (this.readers.size === 0) return segment.isExpired(place);
    if (this.configuration.retention === 'log' && !segment.isExpired(place)) return false;
    for (const groupId of this.readers.keys()) {
      if (!this.hasSettled(groupId, located)) return false;
    }
    return true;
  }

  /** Of messages with a smaller sequence. */
  countsBefore(sequence: number): { readonly open: number; readonly delayed: number } {
    if (sequence > this.counts.lastSequence) {
      return { open: this.open, delayed: this.counts.delayed };
    }
    const { counts, from } = this.blocks.before(sequence);
    let { open, delayed } = counts;
    for (const priority of this.priorities) {
      for (const segment of this.segments.from(priority, from)) {
        if (segment.first >= sequence) break;
        const end = segment.placeFrom(sequence);
        for (let place = segment.placeFrom(from); place < end; place += 1) {
          if (segment.isRemoved(place)) continue;
          if (segment.isDelayed(place)) delayed += 1;
          else open += 1;
        }
      }
    }
    return { open, delayed };
  }

  /** The first stored message that was published at the time or later; lastSequence + 1 if none was. */
  sequenceAtTime(timeMs: number): number {
    let found = this.counts.lastSequence + 1;
    for (const priority of this.priorities) {
      found = Math.min(found, this.sequenceOf(priority, timeMs) ?? found);
    }
    return found;
  }

  /** Priorities with messages, the highest first. */
  get priorities(): readonly number[] {
    const priorities: number[] = [];
    for (const [priority, count] of this.counts.segments.entries()) {
      if (count > 0) priorities.unshift(priority);
    }
    return priorities;
  }

  /** When something is due in the segments of a priority, the earliest first. */
  scheduled(priority: number): ReturnType<ShardRecords['under']> {
    return this.records.under(TABLES.schedule, priorityKey(this.segments.store, priority));
  }

  /** All messages are gone at once; `storeId` is where the next are kept. @returns the old store. */
  empty(storeId: number): string {
    const { store } = this.segments;
    this.segments.forgetAll();
    const counts = this.touch();
    counts.storeId = storeId;
    counts.messages = 0;
    counts.bytes = 0;
    counts.delayed = 0;
    counts.expired = 0;
    counts.segments.fill(0);
    counts.scheduledMs = null;
    counts.oldestMs = null;
    this.segmentsInUse = undefined;
    this.blocksInUse = undefined;
    this.keysInUse = undefined;
    return store;
  }

  /** Writes what has changed. */
  flush(): void {
    this.segmentsInUse?.flush(
      (groupId) => this.readers.has(groupId),
      (segment) => this.unschedule(segment),
    );
    if (!this.changed) return;
    this.changed = false;
    this.blocksInUse?.flush();
    if (this.counts.messages === 0) {
      this.counts.oldestMs = null;
      this.counts.scheduledMs = null;
      this.segmentsInUse = undefined;
      this.blocksInUse = undefined;
      this.keysInUse = undefined;
    }
    this.records.put(TABLES.counters, numberKey(this.topicId), countsRecord(this.counts));
  }

  /** Times grow with sequences: a search by halves. */
  private sequenceOf(priority: number, timeMs: number): number | undefined {
    let [low, high] = [1, this.counts.lastSequence + 1];
    let found: number | undefined;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const segment = this.segments.first(priority, middle);
      if (segment === undefined || segment.facts.publishedAtMs >= timeMs) {
        high = middle;
        if (segment !== undefined) found = segment.firstStored;
      } else {
        low = segment.last + 1;
      }
    }
    return found;
  }

  /** As `enter` does for each: consecutive messages of which nothing is to be remembered. */
  private enterPlain(segment: Segment): void {
    for (const size of segment.facts.sizes) this.counts.bytes += size;
    this.blocks.addOpen(segment.first, segment.last);
  }

  private enter(segment: Segment, place: number): void {
    const delayed = segment.isDelayed(place);
    const sequence = segment.sequenceAt(place);
    this.counts.bytes += segment.bytesAt(place);
    if (delayed) this.counts.delayed += 1;
    this.blocks.add(sequence, delayed ? DELAYED : OPEN);
    const note = segment.note(place);
    if (note === undefined) return;
    if (note.key !== null && !delayed) this.keys.add(note.key, { segment, place });
    if (note.origin !== null) {
      this.records.put(TABLES.origins, this.originKey(note.origin, sequence), null);
    }
  }

  private originKey({ topic, group }: Origin, sequence: number): string {
    return namedKey(namedKey(this.segments.store, topic), group) + numberKey(sequence);
  }

  private schedule(dueMs: number, segment: Segment): void {
    const counts = this.touch();
    counts.scheduledMs = Math.min(counts.scheduledMs ?? dueMs, dueMs);
    this.records.put(TABLES.schedule, scheduleKey(this.segments.store, dueMs, segment.key), null);
  }

  private unschedule(segment: Segment): void {
    for (const dueMs of segment.dueTimes) {
      this.records.remove(TABLES.schedule, scheduleKey(this.segments.store, dueMs, segment.key));
    }
  }
}
