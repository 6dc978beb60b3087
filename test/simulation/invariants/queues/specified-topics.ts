import type { TopicCommand } from '../../../../libs/queueing/src/core/commands/topic-command.js';
import type { TopicResult } from '../../../../libs/queueing/src/core/commands/topic-result.js';
import { ReferenceShard } from '../../../../libs/queueing/src/core/model/reference/reference-shard.js';
import {
  progressOf,
  stateOf,
  type Group,
  type Message,
  type Topic,
} from '../../../../libs/queueing/src/core/model/reference/reference-state.js';
import { expectPromise } from '../../world/violation.js';

/** What is counted of one group. */
export interface GroupCounts {
  readonly group: string;
  /** Ready, blocked behind others of their key, or waiting for their time. */
  readonly open: number;
  readonly inFlight: number;
  readonly deadLettered: number;
}

/** What is counted of one topic. */
export interface TopicCounts {
  readonly topic: string;
  readonly messages: number;
  readonly delayed: number;
  readonly groups: readonly GroupCounts[];
}

/**
 * What topics are to answer to every command in the log, by the reference that is written from their
 * specification; as the first of all replicas applies it.
 */
export class SpecifiedTopics {
  private readonly reference = new ReferenceShard();

  /** @returns what the reference was asked to do, as it stands now. */
  applied(command: TopicCommand, result: TopicResult, logTimeMs: number): ReferenceShard {
    const expected = this.reference.apply(command, logTimeMs);
    expectPromise(
      comparable(result) === comparable(expected),
      'topics answer as they are specified',
      { command, result, expected },
    );
    if (result.status === 'published' && command.kind === 'publish') {
      const topic = this.reference.topic(command.topic);
      if (topic !== undefined) topic.id = result.topicId;
    }
    if (result.status === 'received' && command.kind === 'receive') {
      const topic = this.reference.topic(command.topic);
      const group = this.reference.group(command.topic, command.group);
      if (topic !== undefined && group !== undefined) adopt(topic, group, result);
    }
    return this.reference;
  }

  /** @param counted what the machine has counted. */
  expectCounts(counted: readonly TopicCounts[]): void {
    const { topics, nowMs } = this.reference;
    const specified = topics
      .map((topic) => countsOf(topic, nowMs))
      .sort((one, other) => (one.topic < other.topic ? -1 : 1));
    expectPromise(
      JSON.stringify(counted) === JSON.stringify(specified),
      'what is counted of topics is what is in them',
      { counted, specified },
    );
  }
}

/** The machine numbers topics, groups and deliveries as it likes. */
function adopt(
  topic: Topic,
  group: Group,
  { topicId, groupId, deliveryId, messages }: Extract<TopicResult, { status: 'received' }>,
): void {
  if (messages.length === 0) return;
  topic.id = topicId;
  group.id = groupId;
  for (const { sequence } of messages) {
    const { inFlight } = progressOf(group, sequence);
    if (inFlight !== null) inFlight.deliveryId = deliveryId;
  }
}

/** Without sentences, and numbers that are free. */
function comparable(result: TopicResult): string {
  const { status } = result;
  if (status === 'published') {
    const { first, count, duplicates } = result;
    return JSON.stringify([status, first, count, duplicates]);
  }
  if (status === 'received') {
    const { messages, visibleAtMs } = result;
    const handedOut = messages.map(({ sequence, priority, key, deliveries }) => {
      return [sequence, priority, key, deliveries];
    });
    return JSON.stringify([status, handedOut, visibleAtMs]);
  }
  if (status === 'settled') return JSON.stringify([status, result.stale]);
  if (status === 'redriven') return JSON.stringify([status, result.moved]);
  if (status === 'configured' || status === 'group-created') {
    return JSON.stringify([status, result.created]);
  }
  return status;
}

function countsOf(topic: Topic, nowMs: number): TopicCounts {
  const { name, messages, groups } = topic;
  return {
    topic: name,
    messages: messages.length,
    delayed: messages.filter(({ dueMs }) => dueMs !== null).length,
    groups: groups
      .toSorted((one, other) => (one.name < other.name ? -1 : 1))
      .map((group) => {
        const isOpen = (message: Message): boolean => {
          const state = stateOf(topic, group, message, nowMs);
          return state !== 'in-flight' && state !== 'acknowledged';
        };
        return {
          group: group.name,
          open: messages.filter(isOpen).length,
          inFlight: messages.filter(({ sequence }) => {
            return progressOf(group, sequence).inFlight !== null;
          }).length,
          deadLettered: group.deadLettered,
        };
      }),
  };
}
