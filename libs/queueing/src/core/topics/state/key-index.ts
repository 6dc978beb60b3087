import { integer, list, WHOLE } from '@sinkron/fields';
import { PRIORITIES } from '../../limits.js';
import { KEY_MILESTONE_EVERY } from '../limits.js';
import { namedKey, numberKey, readNumberKey, segmentKey, TABLES } from '../records/record-keys.js';
import type { ShardRecords } from '../records/shard-records.js';
import type { Located } from '../segments/topic-segments.js';

/** An open message of an ordering key, without a look at its segment. */
export interface KeyEntry {
  /** Its place in the key. */
  readonly order: number;
  readonly sequence: number;
  /** The key of its segment, and its place there. */
  readonly segment: string;
  readonly place: number;
}

/** Whether there is a group with this id. */
type Stands = (groupId: number) => boolean;

/**
 * The open messages of each ordering key of a topic, in its order.
 *
 * Messages that some groups are done with and others are not stay in it, so a group remembers
 * milestones: about every {@link KEY_MILESTONE_EVERY}th message of a key that stays after the group has
 * settled it, and all before it, is where the next look for the head of the key begins. A milestone
 * goes with its message, or is overtaken by the next one; that of a group that is gone goes when another
 * group sets one.
 */
export class KeyIndex {
  constructor(
    private readonly records: ShardRecords,
    private readonly store: string,
  ) {}

  add(key: string, { segment, place }: Located): void {
    const sequence = segment.sequenceAt(place);
    const record = [sequence, segment.facts.priority, segment.last - sequence, place];
    this.records.put(TABLES.keys, this.keyOf(key, segment.keyOrderAt(place)), record);
  }

  remove(key: string, { segment, place }: Located): void {
    const order = segment.keyOrderAt(place);
    this.records.remove(TABLES.keys, this.keyOf(key, order));
    if (!isMilestone(order)) return;
    // Of all groups, also those that are gone.
    const milestones = this.records.under(TABLES.milestones, namedKey(this.store, key));
    for (const [milestone, bytes] of milestones) {
      const marked = integer(this.records.codec.decode(bytes), 'a milestone', WHOLE);
      if (marked === order) this.records.remove(TABLES.milestones, milestone);
    }
  }

  /** Messages of a key from a place in it on. */
  *from(key: string, order: number): Generator<KeyEntry, void, undefined> {
    const prefix = namedKey(this.store, key);
    for (const [at, bytes] of this.records.under(TABLES.keys, prefix, this.keyOf(key, order))) {
      const fields = list(this.records.codec.decode(bytes), 'a key record', 4);
      const sequence = integer(fields[0], 'sequence', WHOLE);
      const priority = integer(fields[1], 'priority', { min: 0, max: PRIORITIES - 1 });
      const last = sequence + integer(fields[2], 'distance', WHOLE);
      yield {
        order: readNumberKey(at, prefix.length),
        sequence,
        segment: segmentKey(this.store, priority, last),
        place: integer(fields[3], 'place', WHOLE),
      };
    }
  }

  /** The group has no unsettled message of the key before it; 0 when none is remembered. */
  milestone(key: string, groupId: number): number {
    const value = this.records.get(TABLES.milestones, this.keyOf(key, groupId));
    return value === undefined ? 0 : integer(value, 'a milestone', WHOLE);
  }

  /** Those of groups that `stands` does not know are forgotten: a seek leaves one in each key. */
  putMilestone(key: string, groupId: number, order: number, stands: Stands): void {
    const prefix = namedKey(this.store, key);
    for (const [milestone] of this.records.under(TABLES.milestones, prefix)) {
      if (stands(readNumberKey(milestone, prefix.length))) continue;
      this.records.remove(TABLES.milestones, milestone);
    }
    this.records.put(TABLES.milestones, this.keyOf(key, groupId), order);
  }

  private keyOf(key: string, number: number): string {
    return namedKey(this.store, key) + numberKey(number);
  }
}

/** Scattered over the orders, so that keys that take turns have as many as others (a MurmurHash3 finalizer). */
export function isMilestone(order: number): boolean {
  let hash = order | 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) % KEY_MILESTONE_EVERY === 0;
}
