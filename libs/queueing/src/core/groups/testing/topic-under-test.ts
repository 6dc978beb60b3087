import type { DeliveryReceipts } from '../../commands/topic-command.js';
import {
  DEFAULT_TOPIC_CONFIGURATION,
  type TopicConfiguration,
} from '../../commands/topic-configuration.js';
import type { Received } from '../../commands/topic-result.js';
import type { StoredMessage } from '../../ports.js';
import { messagePackCodec } from '../../../testing/record-codec.js';
import { ShardGroups } from '../shard-groups.js';
import { TopicGroups, type DeadLetterFacts } from '../topic-groups.js';
import { MemoryMessages, type Draft } from './memory-messages.js';
import { MemoryTables } from './memory-tables.js';

const TOPIC = 7;

/** The groups of one topic over tables and messages in memory, driven as the topic does. */
export class TopicUnderTest {
  readonly tables = new MemoryTables();
  readonly messages: MemoryMessages;
  readonly configuration: TopicConfiguration;
  /** Sequences of what became a dead letter, with why. */
  readonly deadLetters: (readonly [sequence: number, facts: DeadLetterFacts])[] = [];
  /** Dead letters that are stored before the topic wants no more of them. */
  deadLettersMax = Number.POSITIVE_INFINITY;
  groups: TopicGroups;
  shard: ShardGroups;
  private lastGroupId = 0;

  constructor(
    configuration: Partial<TopicConfiguration> = {},
    private readonly buries = true,
  ) {
    this.configuration = { ...DEFAULT_TOPIC_CONFIGURATION, ...configuration };
    this.messages = new MemoryMessages(this.configuration.retention);
    [this.shard, this.groups] = this.opened();
  }

  /** As after a restart: nothing is left but the tables. */
  reopen(): void {
    [this.shard, this.groups] = this.opened();
  }

  create(group: string, from: number): boolean {
    const isNew = this.groups.create(group, from);
    if (isNew) this.groups.expiredIn(group, this.messages.held);
    return isNew;
  }

  seek(group: string, from: number): void {
    this.groups.seek(group, from);
    this.groups.expiredIn(group, this.messages.held);
  }

  publish(drafts: readonly Draft[], logTimeMs = 0): readonly StoredMessage[] {
    const open = this.messages.publish(drafts, logTimeMs);
    this.groups.published(() => open);
    return open;
  }

  redrive(group: string, drafts: readonly Draft[], logTimeMs = 0): void {
    const open = this.messages.publish(drafts, logTimeMs, this.groups.idOf(group));
    this.groups.redriven(group, open);
  }

  mature(count: number): void {
    const matured = this.messages.mature(count);
    this.groups.matured(matured);
  }

  /** Deletes stored messages for all groups. */
  remove(sequences: readonly number[]): void {
    const found = sequences.flatMap((sequence) => this.messages.get(sequence) ?? []);
    this.groups.removed(found);
    for (const { sequence } of found) this.messages.remove(sequence);
    this.groups.afterRemoval(found);
  }

  /** The duty of the topic: messages that the groups left, a seek or a deletion later, are all done with. */
  removeDone(): void {
    const sequences = this.messages.all().map(({ sequence }) => sequence);
    this.remove(sequences.filter((sequence) => this.messages.isSettledByAll(sequence)));
  }

  /** The duty of the topic: messages past their ttl. */
  expireMessages(logTimeMs: number): void {
    const expired = this.messages.expire(logTimeMs);
    this.groups.expired(expired);
    const left = expired.filter(
      ({ sequence }) =>
        this.messages.get(sequence) !== undefined && this.messages.isSettledByAll(sequence),
    );
    this.remove(left.map(({ sequence }) => sequence));
  }

  purge(): void {
    this.messages.purge();
    this.groups.purge();
  }

  receive(group: string, max: number, logTimeMs: number): Received {
    return this.groups.receive(group, { consumer: null, max, visibilityMs: null }, logTimeMs);
  }

  /** The sequences that a receive hands out. */
  take(group: string, max: number, logTimeMs: number): readonly number[] {
    return sequencesOf(this.receive(group, max, logTimeMs));
  }

  /** Receives and acknowledges. */
  consume(group: string, max: number, logTimeMs: number): readonly number[] {
    const received = this.receive(group, max, logTimeMs);
    this.groups.ack(group, receiptsOf(received), logTimeMs);
    return sequencesOf(received);
  }

  private opened(): [ShardGroups, TopicGroups] {
    const shard = new ShardGroups({
      tables: this.tables,
      codec: messagePackCodec(),
      newGroupId: () => ++this.lastGroupId,
    });
    const groups = new TopicGroups({
      shard,
      topicId: TOPIC,
      messages: this.messages,
      configuration: () => this.configuration,
      deadLetter: this.buries
        ? ({ sequence }, facts) => {
            if (this.deadLetters.length >= this.deadLettersMax) return false;
            this.deadLetters.push([sequence, facts]);
            return true;
          }
        : null,
    });
    for (const record of shard.records()) groups.adopt(record);
    return [shard, groups];
  }
}

export function sequencesOf({ messages }: Received): readonly number[] {
  return messages.map(({ sequence }) => sequence);
}

/** Of all messages, or of those named. */
export function receiptsOf(
  received: Received,
  sequences: readonly number[] = sequencesOf(received),
): readonly DeliveryReceipts[] {
  const { topicId, groupId, deliveryId } = received;
  return [{ topicId, groupId, deliveryId, sequences }];
}
