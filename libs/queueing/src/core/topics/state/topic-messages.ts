import type { MessageCounts, StoredMessage, TopicMessages } from '../../ports.js';
import { KeyHeads } from './key-heads.js';
import { isMilestone } from './key-index.js';
import { numberKey, TABLES } from '../records/record-keys.js';
import type { PlaceSet } from '../segments/place-set.js';
import type { Located } from '../segments/topic-segments.js';
import { settleMessages } from '../steps/settle.js';
import type { Topic } from './topic.js';

/** The messages of one topic, for its groups. */
export class MessagesOfTopic implements TopicMessages {
  constructor(
    private readonly topic: Topic,
    private readonly keyHeads: KeyHeads,
    /** What all groups are done with now is to be looked for. */
    private readonly lookForDone: () => void,
  ) {}

  get lastSequence(): number {
    return this.topic.counts.lastSequence;
  }

  get counts(): MessageCounts {
    const { open, counts } = this.topic;
    return { open, delayed: counts.delayed };
  }

  countsBefore(sequence: number): MessageCounts {
    return this.topic.countsBefore(sequence);
  }

  open(groupId: number, priority: number, from: number, limit: number): readonly StoredMessage[] {
    const found: StoredMessage[] = [];
    for (const segment of this.topic.segments.from(priority, from)) {
      for (let place = segment.placeFrom(from); place < segment.count; place += 1) {
        if (found.length >= limit) return found;
        if (!segment.isOpen(place) || this.topic.hasSettled(groupId, { segment, place })) continue;
        found.push(segment.message(place));
      }
      if (found.length >= limit) break;
    }
    return found;
  }

  get(sequence: number): StoredMessage | undefined {
    const located = this.topic.segments.find(sequence);
    return located?.segment.message(located.place);
  }

  isDelayed(sequence: number): boolean {
    const located = this.topic.segments.find(sequence);
    return located?.segment.isDelayed(located.place) === true;
  }

  headOfKey(key: string, groupId: number): StoredMessage | undefined {
    const { keys, segments, readers } = this.topic;
    const seenFrom = readers.get(groupId) ?? 0;
    const known = this.keyHeads.from(groupId, key) ?? keys.milestone(key, groupId);
    let looked = '';
    let settled: PlaceSet | undefined;
    // All of the key before `seenFrom` have a smaller sequence still: the group does not see them.
    for (const { order, sequence, segment, place } of keys.from(key, Math.max(known, seenFrom))) {
      if (sequence < seenFrom) continue;
      if (segment !== looked) {
        looked = segment;
        settled = segments.marksOf(segment)?.settled.get(groupId);
      }
      if (settled?.has(place) === true) continue;
      this.keyHeads.found(groupId, key, order);
      return segments.at(segment)?.message(place);
    }
    return undefined;
  }

  sequenceAtTime(timeMs: number): number {
    return this.topic.sequenceAtTime(timeMs);
  }

  hasSettled(groupId: number, sequence: number): boolean {
    const located = this.topic.segments.find(sequence);
    return located === undefined || this.topic.hasSettled(groupId, located);
  }

  settle(groupId: number, sequences: readonly number[]): number {
    return settleMessages(this.topic, groupId, sequences, (located) => {
      this.stays(groupId, located);
    });
  }

  addGroup(groupId: number, from: number): void {
    this.topic.readers.set(groupId, from);
    this.topic.records.put(TABLES.readers, this.readerKey(groupId), from);
    if (from > 1) this.lookForDone();
  }

  dropGroup(groupId: number): void {
    this.topic.readers.delete(groupId);
    this.topic.records.remove(TABLES.readers, this.readerKey(groupId));
    this.lookForDone();
  }

  /** A message that the group has settled stays for others, or for good. */
  private stays(groupId: number, { segment, place }: Located): void {
    const key = segment.note(place)?.key ?? null;
    const order = segment.keyOrderAt(place);
    if (key === null || !isMilestone(order)) return;
    const { keys, readers } = this.topic;
    if (order <= keys.milestone(key, groupId)) return;
    const head = this.headOfKey(key, groupId);
    if (head !== undefined && head.keyOrder <= order) return;
    keys.putMilestone(key, groupId, order, (other) => readers.has(other));
  }

  private readerKey(groupId: number): string {
    return numberKey(this.topic.topicId) + numberKey(groupId);
  }
}
