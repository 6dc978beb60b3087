import { invariant } from '@sinkron/invariant';
import { PRIORITIES } from '../../limits.js';
import { numberKey, segmentKey, TABLES } from '../records/record-keys.js';
import {
  packedIn,
  readSegmentRecord,
  segmentRecord,
  type StoredSegment,
} from '../records/segment-record.js';
import type { ShardRecords } from '../records/shard-records.js';
import type { TopicCounts } from '../state/topic-counts.js';
import { readMarks, type Marks } from './marks.js';
import type { SegmentCache, SegmentOwner } from './segment-cache.js';
import { Segment } from './segment.js';

/** A message, by the segment that has it. */
export interface Located {
  readonly segment: Segment;
  readonly place: number;
}

/**
 * The segments of one topic, by priority and sequence: in memory as far as they were used lately, and
 * in the records.
 */
export class TopicSegments implements SegmentOwner {
  /** Prefix of the keys of all records about messages. */
  readonly store: string;
  /** Those in memory, by priority and ascending. */
  private readonly cached: Segment[][] = Array.from({ length: PRIORITIES }, () => []);
  private readonly changed = new Set<Segment>();
  private recent: Segment | undefined;

  constructor(
    private readonly records: ShardRecords,
    private readonly cache: SegmentCache,
    private readonly counts: TopicCounts,
  ) {
    this.store = numberKey(counts.storeId);
  }

  /** Undefined when no such message is stored. */
  find(sequence: number): Located | undefined {
    if (this.recent !== undefined) {
      const place = this.recent.placeOf(sequence);
      if (place >= 0) return storedAt(this.recent, place);
    }
    const segment = this.inMemory(sequence) ?? this.onDisk(sequence);
    if (segment === undefined) return undefined;
    this.recent = segment;
    this.cache.touch(segment);
    return storedAt(segment, segment.placeOf(sequence));
  }

  /** Segments of a priority that end at `sequence` or later, ascending. */
  *from(priority: number, sequence: number): Generator<Segment, void, undefined> {
    if (this.counts.segments[priority] === 0) return;
    let next = sequence;
    // Those in memory that follow one another without a gap: there is none between them on the disk.
    for (
      let segment = this.around(priority, next);
      segment !== undefined;
      segment = this.around(priority, next)
    ) {
      yield segment;
      next = segment.last + 1;
    }
    if (next > this.counts.lastSequence) return;
    const prefix = segmentKey(this.store, priority, 0).slice(0, this.store.length + 1);
    const from = segmentKey(this.store, priority, next);
    for (const [key, bytes] of this.records.under(TABLES.segments, prefix, from)) {
      yield this.cache.get(key) ?? this.load(key, bytes);
    }
  }

  /** The first segment of a priority that ends at `sequence` or later. */
  first(priority: number, sequence: number): Segment | undefined {
    for (const segment of this.from(priority, sequence)) return segment;
    return undefined;
  }

  /** A segment whose record is known to be there. */
  at(key: string): Segment | undefined {
    const cached = this.cache.get(key);
    if (cached !== undefined) return cached;
    const bytes = this.records.tables.get(TABLES.segments, key);
    return bytes === undefined ? undefined : this.load(key, bytes);
  }

  /** What has become of the messages of a segment, without a look at the segment's own record. */
  marksOf(key: string): Marks | undefined {
    const cached = this.cache.get(key);
    if (cached !== undefined) return cached.marks;
    const marks = this.records.get(TABLES.marks, key);
    return marks === undefined ? undefined : readMarks(marks);
  }

  add(stored: StoredSegment): Segment {
    const segment = new Segment(stored.facts);
    this.records.put(TABLES.segments, segment.key, segmentRecord(stored));
    this.counts.segments[segment.facts.priority] =
      (this.counts.segments[segment.facts.priority] ?? 0) + 1;
    this.remember(segment);
    this.recent = segment;
    return segment;
  }

  /** The bodies of all its messages; undefined when it is gone. */
  packed(segment: Segment): Uint8Array | undefined {
    const kept = this.cache.packedOf(segment.key);
    if (kept !== undefined) return kept;
    const bytes = this.records.tables.get(TABLES.segments, segment.key);
    if (bytes === undefined) return undefined;
    // A copy: the bytes of a record may be gone with the next read.
    const packed = new Uint8Array(packedIn(this.records.codec.decode(bytes)));
    this.cache.keepPacked(segment.key, packed);
    return packed;
  }

  /** Its marks are to be written by {@link flush}. */
  change(segment: Segment): void {
    this.changed.add(segment);
  }

  /** Writes the marks of what was changed, or removes what is empty now with its schedule. */
  flush(stands: (groupId: number) => boolean, unschedule: (segment: Segment) => void): void {
    for (const segment of this.changed) {
      if (segment.stored === 0) {
        unschedule(segment);
        this.remove(segment);
      } else {
        segment.marked = true;
        this.records.put(TABLES.marks, segment.key, segment.marks.record(stands));
      }
    }
    this.changed.clear();
  }

  forget(segment: Segment): void {
    if (this.recent === segment) this.recent = undefined;
    const list = this.listOf(segment.facts.priority);
    const at = placeIn(list, segment.last);
    invariant(list[at] === segment, 'TopicSegments: what is cached is listed', {
      key: segment.key,
    });
    list.splice(at, 1);
  }

  /** Nothing of it is in memory any more. */
  forgetAll(): void {
    for (const list of this.cached) {
      for (const segment of list) this.cache.remove(segment);
      list.length = 0;
    }
    this.recent = undefined;
    this.changed.clear();
  }

  private remove(segment: Segment): void {
    this.records.remove(TABLES.segments, segment.key);
    if (segment.marked) this.records.remove(TABLES.marks, segment.key);
    const { priority } = segment.facts;
    const count = this.counts.segments[priority] ?? 0;
    invariant(count > 0, 'TopicSegments: segments >= 0', { key: segment.key });
    this.counts.segments[priority] = count - 1;
    this.forget(segment);
    this.cache.remove(segment);
  }

  /** The segment in memory that begins at the sequence or before it, and ends at it or later. */
  private around(priority: number, sequence: number): Segment | undefined {
    const list = this.listOf(priority);
    const segment = list[placeIn(list, sequence)];
    return segment !== undefined && segment.first <= sequence ? segment : undefined;
  }

  /** The segment that has the sequence, of whichever priority: only one can. */
  private inMemory(sequence: number): Segment | undefined {
    for (const list of this.cached) {
      const segment = list[placeIn(list, sequence)];
      if (segment !== undefined && segment.placeOf(sequence) >= 0) return segment;
    }
    return undefined;
  }

  private onDisk(sequence: number): Segment | undefined {
    for (let priority = PRIORITIES - 1; priority >= 0; priority -= 1) {
      if (this.counts.segments[priority] === 0) continue;
      const segment = this.first(priority, sequence);
      if (segment !== undefined && segment.placeOf(sequence) >= 0) return segment;
    }
    return undefined;
  }

  private load(key: string, bytes: Uint8Array): Segment {
    const { facts } = readSegmentRecord(key, this.records.codec.decode(bytes));
    const marks = this.records.get(TABLES.marks, key);
    const segment = marks === undefined ? new Segment(facts) : new Segment(facts, readMarks(marks));
    segment.marked = marks !== undefined;
    this.remember(segment);
    return segment;
  }

  private remember(segment: Segment): void {
    const list = this.listOf(segment.facts.priority);
    const end = list.at(-1);
    if (end === undefined || end.last < segment.first) list.push(segment);
    else list.splice(placeIn(list, segment.last), 0, segment);
    this.cache.add(segment, this);
  }

  private listOf(priority: number): Segment[] {
    const list = this.cached[priority];
    invariant(list !== undefined, 'TopicSegments: priority < PRIORITIES', { priority });
    return list;
  }
}

/** The first segment that ends at the sequence or later; the length of the list if none does. */
function placeIn(list: readonly Segment[], sequence: number): number {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((list[middle]?.last ?? 0) < sequence) low = middle + 1;
    else high = middle;
  }
  return low;
}

function storedAt(segment: Segment, place: number): Located | undefined {
  return segment.isRemoved(place) ? undefined : { segment, place };
}
