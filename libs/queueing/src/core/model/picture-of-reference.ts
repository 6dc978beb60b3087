import type { GroupView } from '../commands/topic-query.js';
import { unpackMessages } from '../message/packed-messages.js';
import type { RecordCodec } from '../ports.js';
import type { PicturedGroup, PicturedMessage, TopicPicture } from './picture.js';
import type { ReferenceShard } from './reference/reference-shard.js';
import {
  progressOf,
  stateOf,
  type Group,
  type Message,
  type State,
  type Topic,
} from './reference/reference-state.js';

export function picturesOfReference(shard: ReferenceShard, codec: RecordCodec): TopicPicture[] {
  return shard.topics
    .map((topic) => pictureOf(topic, shard.nowMs, codec))
    .sort((one, other) => (one.topic < other.topic ? -1 : 1));
}

export function bodyOf({ packed, place }: Message, codec: RecordCodec): string {
  const message = unpackMessages(codec, packed)[place];
  return message === undefined ? 'no body' : String(codec.decode(message.body));
}

function pictureOf(topic: Topic, nowMs: number, codec: RecordCodec): TopicPicture {
  const { messages } = topic;
  const bytes = messages.map((message) => message.bytes);
  const groups = topic.groups.toSorted((one, other) => (one.name < other.name ? -1 : 1));
  return {
    topic: topic.name,
    configuration: topic.configuration,
    messages: messages.length,
    bytes: bytes.includes(null) ? null : bytes.reduce((sum: number, more) => sum + (more ?? 0), 0),
    delayed: messages.filter(({ dueMs }) => dueMs !== null).length,
    stored: messages.map((message): PicturedMessage => {
      const { sequence, priority, key, dueMs, expiresAtMs } = message;
      return {
        sequence,
        priority,
        key,
        body: bodyOf(message, codec),
        deliverAtMs: dueMs,
        expiresAtMs,
        groups: groups.map((group) => {
          const { deliveries, inFlight } = progressOf(group, sequence);
          const state = stateOf(topic, group, message, nowMs);
          const visibleAtMs = inFlight?.visibleAtMs ?? null;
          return { group: group.name, state, deliveries, visibleAtMs };
        }),
      };
    }),
    groups: groups.map((group) => groupOf(topic, group, nowMs)),
  };
}

function groupOf(topic: Topic, group: Group, nowMs: number): PicturedGroup {
  const inState = (...states: readonly State[]): Message[] => {
    return topic.messages.filter((message) => {
      return states.includes(stateOf(topic, group, message, nowMs));
    });
  };
  const pending = inState('in-flight').map(({ sequence }) => {
    const { deliveries, inFlight } = progressOf(group, sequence);
    const { consumer = null, deliveryId = 0, visibleAtMs = 0 } = inFlight ?? {};
    return { sequence, deliveryId, consumer, deliveries, visibleAtMs };
  });
  const ready = inState('ready', 'blocked');
  const ages = ready.map(({ publishedAtMs }) => nowMs - publishedAtMs);
  const consumers = new Set(pending.flatMap(({ consumer }) => consumer ?? []));
  const view: GroupView = {
    group: group.name,
    ready: ready.length,
    delayed: inState('delayed').length,
    inFlight: pending.length,
    deadLettered: group.deadLettered,
    oldestReadyAgeMs: ages.length === 0 ? null : Math.max(...ages),
    consumers: [...consumers].sort(),
  };
  const sequencesOf = (messages: readonly Message[]): number[] => {
    return messages.map(({ sequence }) => sequence);
  };
  return {
    view,
    pending,
    listed: {
      ready: sequencesOf(inState('ready')),
      delayed: sequencesOf(inState('delayed')),
      'in-flight': sequencesOf(inState('in-flight')),
    },
  };
}
