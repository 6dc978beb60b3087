import { integer, WHOLE } from '@sinkron/fields';
import type { MessageCounts, StoredMessage, TopicMessages } from '../../ports.js';
import { KeyHeads } from './key-heads.js';
import { namedKey, numberKey, readNumberKey, TABLES } from '../records/record-keys.js';
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
    const prefix = namedKey(this.topic.segments.store, key);
    const from = Math.max(
      this.keyHeads.from(groupId, key),
      // All of the key before it have a smaller sequence still: the group does not see them.
      this.topic.readers.get(groupId) ?? 0,
    );
    const { records } = this.topic;
    for (const [entry, bytes] of records.under(TABLES.keys, prefix, prefix + numberKey(from))) {
      const sequence = integer(records.codec.decode(bytes), 'sequence', WHOLE);
      const located = this.topic.segments.find(sequence);
      if (located === undefined || this.topic.hasSettled(groupId, located)) continue;
      this.keyHeads.found(groupId, key, readNumberKey(entry, prefix.length));
      return located.segment.message(located.place);
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
    return settleMessages(this.topic, groupId, sequences);
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

  private readerKey(groupId: number): string {
    return numberKey(this.topic.topicId) + numberKey(groupId);
  }
}
