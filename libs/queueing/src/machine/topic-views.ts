import { compareByteOrder } from '@sinkron/utf8';
import { readTopicRecord } from '../core/topics/records/topic-record.js';
import { TABLES } from '../core/topics/records/record-keys.js';
import type {
  GroupCounts,
  GroupView,
  MessagePage,
  MessageView,
  Missing,
  PendingPage,
  TopicQuery,
  TopicView,
} from '../core/commands/topic-query.js';
import type { HandedOut } from '../core/commands/topic-result.js';
import { RECEIVE_BYTES_MAX } from '../core/limits.js';
import { messageId, readMessageId } from '../core/message/message-id.js';
import type { TopicTable } from '../core/topics/topic-table.js';
import type { Located } from '../core/topics/segments/topic-segments.js';
import type { Topic } from '../core/topics/state/topic.js';
import { walk } from '../core/topics/state/walk.js';
import { bodiesOf } from './bodies.js';
import { MESSAGES_LOOKED_AT_MAX } from './limits.js';

const NO_TOPIC: Missing = { missing: 'topic' };
const NO_GROUP: Missing = { missing: 'group' };
const NO_MESSAGE: Missing = { missing: 'message' };

type QueryOf<Kind extends TopicQuery['kind']> = Extract<TopicQuery, { readonly kind: Kind }>;

/** One topic for metrics. */
export interface TopicGauges {
  readonly topic: string;
  readonly groups: readonly GroupGauges[];
}

/** One group for metrics. */
export interface GroupGauges extends GroupCounts {
  /** Null: nothing is ready, or it was not asked for. */
  readonly oldestReadyAgeMs: number | null;
}

/** The topics of a shard as readers see them. */
export class TopicViews {
  constructor(private readonly table: TopicTable) {}

  topic({ topic: name }: QueryOf<'topic'>): TopicView | Missing {
    const topic = this.table.shard.topic(name);
    return topic === undefined ? NO_TOPIC : topicView(topic);
  }

  topics({ after, limit }: QueryOf<'topics'>): readonly TopicView[] {
    const views: TopicView[] = [];
    const { shard } = this.table;
    const { codec, tables } = shard.records;
    for (const [name, bytes] of tables.range(TABLES.topics, after ?? '')) {
      if (views.length === limit) break;
      if (name === after) continue;
      const topic = shard.topicOf(readTopicRecord(codec.decode(bytes)).topicId);
      if (topic !== undefined) views.push(topicView(topic));
    }
    return views;
  }

  /** Of all topics with groups, in no particular order. */
  *gauges(
    logTimeMs: number,
    wantsAges: (topic: string) => boolean,
  ): Generator<TopicGauges, void, undefined> {
    for (const { name: topic, groups } of this.table.shard.topics()) {
      if (groups === undefined || groups.count === 0) continue;
      const wantsAge = wantsAges(topic);
      yield {
        topic,
        groups: groups.names.map((group) => {
          const ageMs = wantsAge ? groups.oldestReadyAgeMs(group, logTimeMs) : null;
          return { ...groups.counts(group), oldestReadyAgeMs: ageMs };
        }),
      };
    }
  }

  group({ topic: name, group }: QueryOf<'group'>, logTimeMs: number): GroupView | Missing {
    const topic = this.table.shard.topic(name);
    if (topic === undefined) return NO_TOPIC;
    return topic.groups?.has(group) === true ? topic.groups.view(group, logTimeMs) : NO_GROUP;
  }

  groups(
    { topic: name, after, limit }: QueryOf<'groups'>,
    logTimeMs: number,
  ): readonly GroupView[] | Missing {
    const topic = this.table.shard.topic(name);
    if (topic === undefined) return NO_TOPIC;
    const { groups } = topic;
    if (groups === undefined) return [];
    const { names } = groups;
    const from = after === null ? 0 : firstAfter(names, after);
    return names.slice(from, from + limit).map((group) => groups.view(group, logTimeMs));
  }

  message({ topic: name, id }: QueryOf<'message'>): MessageView | Missing {
    const topic = this.table.shard.topic(name);
    if (topic === undefined) return NO_TOPIC;
    const place = readMessageId(id);
    if (place?.topicId !== topic.topicId) return NO_MESSAGE;
    const located = topic.segments.find(place.sequence);
    if (located === undefined) return NO_MESSAGE;
    const message = located.segment.message(located.place);
    const note = located.segment.note(located.place);
    return {
      id: messageId(topic.topicId, place.sequence),
      handedOut: handedOut(located, 0),
      bodies: bodiesOf(topic, [place.sequence]),
      deliverAtMs: located.segment.isDelayed(located.place) ? (note?.dueMs ?? null) : null,
      expiresAtMs: message.expiresAtMs,
      groups: topic.groups?.states(message) ?? [],
    };
  }

  messages({
    topic: name,
    group,
    state,
    after,
    limit,
  }: QueryOf<'messages'>): MessagePage | Missing {
    const topic = this.table.shard.topic(name);
    if (topic === undefined) return NO_TOPIC;
    if (group !== null && topic.groups?.has(group) !== true) return NO_GROUP;
    const found: HandedOut[] = [];
    let [bytes, looked] = [0, 0];
    let next = after;
    let more = false;
    for (const located of walk(topic, (after ?? 0) + 1)) {
      const message = located.segment.message(located.place);
      const tooMuch = found.length > 0 && bytes + message.bytes > RECEIVE_BYTES_MAX;
      if (found.length === limit || looked === MESSAGES_LOOKED_AT_MAX || tooMuch) {
        more = true;
        break;
      }
      looked += 1;
      next = message.sequence;
      const deliveries = deliveriesIf(topic, located, group, state);
      if (deliveries === undefined) continue;
      found.push(handedOut(located, deliveries));
      bytes += message.bytes;
    }
    return {
      topicId: topic.topicId,
      messages: found,
      bodies: bodiesOf(
        topic,
        found.map(({ sequence }) => sequence),
      ),
      next: more ? next : null,
    };
  }

  pending(query: QueryOf<'pending'>): PendingPage | Missing {
    const topic = this.table.shard.topic(query.topic);
    if (topic === undefined) return NO_TOPIC;
    const { groups, topicId } = topic;
    const groupId = groups?.idOf(query.group);
    if (groups === undefined || groupId === undefined) return NO_GROUP;
    const { consumer, after, limit } = query;
    const pending = groups.pending(query.group, { consumer, after, limit: limit + 1 });
    const page = pending.slice(0, limit);
    return {
      topicId,
      groupId,
      pending: page,
      next: pending.length > limit ? (page.at(-1)?.sequence ?? null) : null,
    };
  }

  /** What is in flight of a delivery still. */
  bodies({ topic: name, topicId, groupId, deliveryId }: QueryOf<'bodies'>): MessagePage | Missing {
    const topic = this.table.shard.topic(name);
    if (topic?.topicId !== topicId) return NO_TOPIC;
    const { groups } = topic;
    const group = groups?.nameOf(groupId);
    if (groups === undefined || group === undefined) return NO_GROUP;
    const sequences = groups.inFlight(groupId, deliveryId);
    const messages = sequences.flatMap((sequence) => {
      const located = topic.segments.find(sequence);
      if (located === undefined) return [];
      const message = located.segment.message(located.place);
      return [handedOut(located, groups.stateIn(group, message).deliveries)];
    });
    return { topicId, messages, bodies: bodiesOf(topic, sequences), next: null };
  }
}

function topicView({ name, configuration, counts, groups }: Topic): TopicView {
  const { messages, bytes, delayed } = counts;
  return { topic: name, configuration, messages, bytes, delayed, groups: groups?.count ?? 0 };
}

function handedOut({ segment, place }: Located, deliveries: number): HandedOut {
  const { sequence, priority, key } = segment.message(place);
  return { sequence, priority, key, deliveries };
}

/** How often it was handed out in the group; undefined when it is not one that was asked for. */
function deliveriesIf(
  topic: Topic,
  { segment, place }: Located,
  group: string | null,
  wanted: 'ready' | 'delayed' | 'in-flight' | null,
): number | undefined {
  if (group === null || topic.groups === undefined) {
    if (wanted === null) return 0;
    return (wanted === 'delayed') === segment.isDelayed(place) ? 0 : undefined;
  }
  const { state, deliveries } = topic.groups.stateIn(group, segment.message(place));
  if (wanted === null) return state === 'acknowledged' ? undefined : deliveries;
  return state === wanted ? deliveries : undefined;
}

/** Where names behind `after` begin, in a list in byte order. */
function firstAfter(names: readonly string[], after: string): number {
  const at = names.findIndex((name) => compareByteOrder(name, after) > 0);
  return at === -1 ? names.length : at;
}
