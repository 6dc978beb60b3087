import { invariant } from '@sinkron/invariant';
import { DEFAULT_TOPIC_CONFIGURATION } from '../../commands/topic-configuration.js';
import type { TopicConfiguration } from '../../commands/topic-configuration.js';
import { ShardGroups } from '../../groups/shard-groups.js';
import { TopicGroups, type DeadLetterFacts } from '../../groups/topic-groups.js';
import type { StoredMessage } from '../../ports.js';
import { DueTopics } from './due-topics.js';
import { KeyHeads } from './key-heads.js';
import { COPIED_BYTES_MAX, NUMBERS_PER_SHARD } from '../limits.js';
import type { LeavingMessage } from '../outbox/leaving-message.js';
import { Outbox, type ShardPlaces } from '../outbox/outbox.js';
import { numberKey, TABLES } from '../records/record-keys.js';
import { topicRecord } from '../records/topic-record.js';
import type { ShardRecords } from '../records/shard-records.js';
import { SegmentCache } from '../segments/segment-cache.js';
import type { TopicEffect } from '../topic-effect.js';
import { newCounts } from './topic-counts.js';
import { MessagesOfTopic } from './topic-messages.js';
import { Topic, type TopicFacts } from './topic.js';

/** Topics whose name ends so have no dead letters of their own. */
export const DEAD_LETTER_SUFFIX = '.dead';

/** Stores a message of `topic` that failed in a group, where its dead letters go, if the command may copy more. */
export type DeadLetters = (topic: Topic, message: StoredMessage, facts: DeadLetterFacts) => boolean;

/** What a sweep has to do: the records of a store or of a topic go, or what groups are done with. */
export type SweepKind = 'done' | 'store' | 'topic';

/** All topics of one shard, in memory and in the records. */
export class Shard {
  readonly cache = new SegmentCache();
  readonly keyHeads = new KeyHeads();
  readonly groups: ShardGroups;
  readonly due = new DueTopics();
  readonly outbox: Outbox;
  /** Log time of the command that is applied. */
  nowMs = 0;
  private readonly byName = new Map<string, Topic>();
  private readonly byId = new Map<number, Topic>();
  private readonly touched = new Set<Topic>();
  private effects: TopicEffect[] = [];
  private sweeps = 0;
  /** By the command that is applied. */
  private copiedBytes = 0;

  private readonly firstTopicId: number;
  /** The last that was given to a topic, a store or a group. */
  private lastNumber: number;

  constructor(
    readonly records: ShardRecords,
    { places, lastNumber }: { readonly places: ShardPlaces; readonly lastNumber: number },
    private readonly deadLetters: DeadLetters,
  ) {
    this.firstTopicId = places.own * NUMBERS_PER_SHARD;
    this.lastNumber = lastNumber;
    this.outbox = new Outbox(records, places);
    const { tables, codec } = records;
    this.groups = new ShardGroups({ tables, codec, newGroupId: () => this.newNumber() });
  }

  get topicCount(): number {
    return this.byName.size;
  }

  get sweepPending(): boolean {
    return this.sweeps > 0 || this.groups.sweepPending;
  }

  topic(name: string): Topic | undefined {
    return this.byName.get(name);
  }

  topicOf(topicId: number): Topic | undefined {
    return this.byId.get(topicId);
  }

  topics(): IterableIterator<Topic> {
    return this.byName.values();
  }

  /** A topic that is on the disk. */
  adopt(facts: TopicFacts): Topic {
    const topic = new Topic(facts, this.records, this.cache);
    this.byName.set(topic.name, topic);
    this.byId.set(topic.topicId, topic);
    return topic;
  }

  /** The topic of that name, made if there is none. */
  made(name: string, configuration = DEFAULT_TOPIC_CONFIGURATION): Topic {
    const known = this.byName.get(name);
    if (known !== undefined) return known;
    const number = this.newNumber();
    // A receipt or a message id of another shard must not name something here.
    const topicId = this.firstTopicId + number;
    const topic = this.adopt({ name, topicId, configuration, counts: newCounts(number) });
    topic.touch();
    this.configure(topic, configuration);
    return topic;
  }

  configure(topic: Topic, configuration: TopicConfiguration): void {
    topic.configuration = configuration;
    this.records.put(TABLES.topics, topic.name, topicRecord(topic.topicId, configuration));
    this.touch(topic);
  }

  /** Its groups and messages are gone with it; the records go by sweeps. */
  delete(topic: Topic): void {
    topic.groups?.deleteAll();
    this.byName.delete(topic.name);
    this.byId.delete(topic.topicId);
    this.touched.delete(topic);
    this.due.set(topic.topicId, null);
    topic.segments.forgetAll();
    this.records.remove(TABLES.topics, topic.name);
    this.records.remove(TABLES.counters, numberKey(topic.topicId));
    this.sweep('store', topic.segments.store);
    this.sweep('topic', numberKey(topic.topicId));
    this.tell({ kind: 'topic-deleted', topic: topic.name });
  }

  purge(topic: Topic): void {
    this.sweep('store', topic.empty(this.newNumber()));
    topic.groups?.purge();
    this.touch(topic);
  }

  /** The topic's groups, also when it has none yet. */
  groupsOf(topic: Topic): TopicGroups {
    topic.groups ??= new TopicGroups({
      shard: this.groups,
      topicId: topic.topicId,
      configuration: () => topic.configuration,
      messages: new MessagesOfTopic(topic, this.keyHeads, () => this.lookForDone(topic)),
      deadLetter: topic.name.endsWith(DEAD_LETTER_SUFFIX)
        ? null
        : (message, facts) => this.deadLetters(topic, message, facts),
    });
    return topic.groups;
  }

  /** The command concerns the topic: what changed of it is written when the command ends. */
  touch(topic: Topic): void {
    this.touched.add(topic);
  }

  tell(effect: TopicEffect): void {
    this.effects.push(effect);
  }

  /** Whether the command may copy another message. */
  get mayCopy(): boolean {
    return this.copiedBytes < COPIED_BYTES_MAX;
  }

  countCopied(bytes: number): void {
    this.copiedBytes += bytes;
  }

  /** A copy goes to a topic of another shard. */
  leave(message: LeavingMessage): void {
    this.countCopied(message.packed.byteLength);
    this.outbox.add(message, this.nowMs);
  }

  /** Something is left for sweeps to do; the same only once. */
  sweep(kind: SweepKind, what: string): void {
    const key = sweepKey(kind, what);
    if (this.records.tables.get(TABLES.sweeps, key) === undefined) this.sweeps += 1;
    this.records.put(TABLES.sweeps, key, null);
  }

  /** For the machine while it opens: a sweep that is on the disk. */
  adoptSweep(): void {
    this.sweeps += 1;
  }

  sweepDone(kind: SweepKind, what: string): void {
    this.records.remove(TABLES.sweeps, sweepKey(kind, what));
    this.sweeps -= 1;
    invariant(this.sweeps >= 0, 'Shard: sweeps >= 0', { kind, what });
  }

  /** The topic's next moment was computed from what is in memory and on the disk. */
  remind(topic: Topic): void {
    this.due.set(topic.topicId, nextDueMs(topic));
  }

  /** Writes what the command changed. @returns what it did. */
  finish(): readonly TopicEffect[] {
    for (const topic of this.touched) {
      topic.flush();
      this.remind(topic);
      this.effects.push({ kind: 'changed', topic: topic.name });
    }
    this.touched.clear();
    this.copiedBytes = 0;
    this.cache.trim();
    const { effects } = this;
    this.effects = [];
    return effects;
  }

  newNumber(): number {
    this.lastNumber += 1;
    invariant(this.lastNumber < NUMBERS_PER_SHARD, 'Shard: numbers < NUMBERS_PER_SHARD', {
      lastNumber: this.lastNumber,
    });
    this.records.put(TABLES.numbers, LAST_NUMBER, this.lastNumber);
    return this.lastNumber;
  }

  /** Messages may be there that all groups are done with: of those, nobody else will say so. */
  private lookForDone(topic: Topic): void {
    const { retention } = topic.configuration;
    const { messages, expired } = topic.counts;
    if (messages === 0 || (retention === 'log' && expired === 0)) return;
    this.sweep('done', numberKey(topic.topicId));
  }
}

export const LAST_NUMBER = 'last';

function sweepKey(kind: SweepKind, what: string): string {
  return `${kind} ${what}`;
}

/** Null: nothing is due, as it is. */
function nextDueMs({ groups, counts, configuration }: Topic): number | null {
  const { scheduledMs, oldestMs, forgetMs } = counts;
  const { maxAgeMs } = configuration;
  const agedMs = maxAgeMs === null || oldestMs === null ? null : oldestMs + maxAgeMs;
  let next: number | null = groups?.nextDueMs ?? null;
  for (const moment of [scheduledMs, agedMs, forgetMs]) {
    if (moment !== null && (next === null || moment < next)) next = moment;
  }
  return next;
}
