import { unreachable } from '@sinkron/invariant';
import type {
  AckCommand,
  ConfigureCommand,
  CreateGroupCommand,
  DeleteMessageCommand,
  DeliverOutboxCommand,
  ExtendCommand,
  NackCommand,
  OutboxCommand,
  PublishCommand,
  ReceiveCommand,
  RedriveCommand,
  ReturnCommand,
  SeekCommand,
  TopicCommand,
} from '../../commands/topic-command.js';
import type { TopicResult } from '../../commands/topic-result.js';
import { GROUPS_PER_TOPIC_MAX } from '../../limits.js';
import { deadLetterTopicOf, newTopic, storeCopy } from './reference-dead-letters.js';
import { expireDeliveries, receive, settle, sought, startAt } from './reference-groups.js';
import { ReferenceOutbox } from './reference-outbox.js';
import { numbersOf } from './reference-id.js';
import { publish } from './reference-publish.js';
import {
  isExpired,
  progressIn,
  progressOf,
  type Group,
  type Message,
  type Topic,
} from './reference-state.js';

const TOPIC_NOT_FOUND: TopicResult = { status: 'topic-not-found' };
const GROUP_NOT_FOUND: TopicResult = { status: 'group-not-found' };
const MESSAGE_NOT_FOUND: TopicResult = { status: 'message-not-found' };
const FULL: TopicResult = { status: 'queue-full', message: '' };

/**
 * What topics are to do, as plainly as it can be said: everything is found by looking at everything,
 * and what is to be removed is gone at once. Numbers of topics and groups are the machine's.
 */
export class ReferenceShard {
  topics: Topic[] = [];
  readonly outbox = new ReferenceOutbox();
  nowMs = 0;
  private deliveries = 0;

  apply(command: TopicCommand, logTimeMs: number): TopicResult {
    this.nowMs = logTimeMs;
    const result = this.applied(command);
    for (const topic of this.topics) removeSettled(topic);
    return result;
  }

  topic(name: string): Topic | undefined {
    return this.topics.find((topic) => topic.name === name);
  }

  group(topic: string, name: string): Group | undefined {
    return this.topic(topic)?.groups.find((group) => group.name === name);
  }

  private applied(command: TopicCommand): TopicResult {
    switch (command.kind) {
      case 'publish':
        return this.publish(command);
      case 'configure':
        return this.configure(command);
      case 'redrive':
        return this.redrive(command);
      case 'due':
        this.doWhatIsDue();
        return { status: 'swept' };
      case 'sweep':
        return { status: 'swept' };
      case 'deliver-outbox':
        return this.arrive(command);
      case 'outbox-delivered':
        this.outbox.delivered(command.through);
        return { status: 'swept' };
      case 'delete-topic':
      case 'purge':
      case 'delete-message':
      case 'create-group':
      case 'receive':
      case 'delete-group':
      case 'ack':
      case 'nack':
      case 'return':
      case 'extend':
      case 'seek': {
        const topic = this.topic(command.topic);
        if (topic === undefined) return TOPIC_NOT_FOUND;
        return this.appliedTo(topic, command);
      }
      default:
        return unreachable(command);
    }
  }

  private appliedTo(
    topic: Topic,
    command: Exclude<
      TopicCommand,
      { kind: 'publish' | 'configure' | 'redrive' | 'due' | 'sweep' | OutboxCommand['kind'] }
    >,
  ): TopicResult {
    switch (command.kind) {
      case 'delete-topic':
        this.topics = this.topics.filter((other) => other !== topic);
        return { status: 'deleted' };
      case 'purge':
        topic.messages = [];
        for (const group of topic.groups) group.id = null;
        return { status: 'purged' };
      case 'delete-message':
        return deleteMessage(topic, command);
      case 'create-group':
        return createGroup(topic, command);
      case 'receive':
        return this.receive(topic, command);
      case 'delete-group':
      case 'ack':
      case 'nack':
      case 'return':
      case 'extend':
      case 'seek': {
        const group = topic.groups.find(({ name }) => name === command.group);
        if (group === undefined) return GROUP_NOT_FOUND;
        if (command.kind === 'seek') return seek(topic, group, command);
        if (command.kind !== 'delete-group') return this.settle(topic, group, command);
        topic.groups = topic.groups.filter((other) => other !== group);
        return { status: 'group-deleted' };
      }
      default:
        return unreachable(command);
    }
  }

  private publish(command: PublishCommand): TopicResult {
    const known = this.topic(command.topic);
    const topic = known ?? newTopic(command.topic);
    const result = publish(topic, command, this.nowMs);
    if (known === undefined) this.topics.push(topic);
    return result;
  }

  private configure({ topic: name, configuration }: ConfigureCommand): TopicResult {
    const topic = this.topic(name);
    if (topic === undefined) {
      this.topics.push({ ...newTopic(name), configuration });
      return { status: 'configured', created: true };
    }
    const { retention } = topic.configuration;
    if (configuration.retention !== retention && topic.messages.length > 0) {
      return { status: 'configuration-conflict', message: '' };
    }
    topic.configuration = configuration;
    return { status: 'configured', created: false };
  }

  private receive(topic: Topic, command: ReceiveCommand): TopicResult {
    let group = topic.groups.find(({ name }) => name === command.group);
    if (group === undefined) {
      if (topic.groups.length >= GROUPS_PER_TOPIC_MAX) return FULL;
      group = { name: command.group, id: null, progress: new Map(), deadLettered: 0 };
      topic.groups.push(group);
    }
    this.expire(topic, group);
    this.deliveries += 1;
    const handOut = receive(topic, group, command, this.deliveries, this.nowMs);
    return { status: 'received', topicId: topic.id ?? 0, groupId: group.id ?? 0, ...handOut };
  }

  private settle(
    topic: Topic,
    group: Group,
    command: AckCommand | NackCommand | ReturnCommand | ExtendCommand,
  ): TopicResult {
    this.expire(topic, group);
    const deadLetter = (message: Message, reason: string | null): void => {
      this.deadLetter(topic, group, message, reason);
    };
    return { status: 'settled', stale: settle(topic, group, command, this.nowMs, deadLetter) };
  }

  private expire(topic: Topic, group: Group): void {
    expireDeliveries(topic, group, this.nowMs, (message, reason) => {
      this.deadLetter(topic, group, message, reason);
    });
  }

  /** The message is the group's dead letter; in its topic the group is done with it. */
  private deadLetter(topic: Topic, group: Group, message: Message, reason: string | null): void {
    const name = deadLetterTopicOf(topic);
    if (name === null) throw new Error('a dead-letter topic has no dead letters');
    const progress = progressIn(group, message.sequence);
    progress.settled = true;
    group.deadLettered += 1;
    const { sequence } = message;
    const { deliveries } = progress;
    const origin = { topic: topic.name, group: group.name, sequence, deliveries, reason };
    this.copyTo(name, message, origin);
  }

  private copyTo(topic: string, message: Message, origin: Message['origin']): void {
    if (this.outbox.isElsewhere(topic)) {
      this.outbox.leave({ topic, isBack: false, message, origin });
    } else storeCopy(this.topicMade(topic), message, this.nowMs, origin);
  }

  /** Messages that left another shard: each number once. */
  private arrive({ messages }: DeliverOutboxCommand): TopicResult {
    for (const { number, topic, from, priority, key, origin, isBack, packed } of messages) {
      if (number <= this.outbox.arrived) continue;
      this.outbox.arrived = number;
      const message = arrived(packed, priority, key);
      if (isBack && origin !== null) {
        if (this.giveBack(message, topic, origin.group)) continue;
        this.outbox.leave({ topic: from, isBack: false, message, origin });
      } else {
        this.copyTo(topic, message, origin && { ...origin, deliveries: 0, reason: null });
      }
    }
    return { status: 'outbox-taken', through: this.outbox.arrived };
  }

  private topicMade(name: string): Topic {
    const topic = this.topic(name) ?? newTopic(name);
    if (!this.topics.includes(topic)) this.topics.push(topic);
    return topic;
  }

  /** Dead letters that stand in the topic, and those of the topic where it sends them. */
  private redrive({ topic: name, max, to, origin }: RedriveCommand): TopicResult {
    const topic = this.topic(name);
    if (topic === undefined) return TOPIC_NOT_FOUND;
    const goesTo = deadLetterTopicOf(topic) ?? '';
    const deadLetters = origin === undefined ? this.topic(goesTo) : undefined;
    const candidates = [
      ...topic.messages
        .filter((message) => origin === undefined || message.origin?.topic === origin)
        .map((message) => ({ topic, message })),
      ...(deadLetters?.messages ?? [])
        .filter((message) => message.origin?.topic === name)
        .map((message) => ({ topic: deadLetters, message })),
    ];
    let moved = 0;
    for (const candidate of candidates) {
      if (moved < max && this.moveBack(candidate.message, to)) {
        moved += 1;
        const { topic: source = topic, message } = candidate;
        source.messages = source.messages.filter((other) => other !== message);
      }
    }
    const elsewhere = origin === undefined && this.outbox.isElsewhere(goesTo);
    return { status: 'redriven', moved, ...(elsewhere ? { elsewhere: goesTo } : {}) };
  }

  /** To the group where it failed, or to all groups of another topic. @returns whether it could. */
  private moveBack(message: Message, to: string | null): boolean {
    if (message.origin === null) return false;
    const { origin } = message;
    if (to !== null) {
      this.copyTo(to, message, null);
      return true;
    }
    if (!this.outbox.isElsewhere(origin.topic)) {
      return this.giveBack(message, origin.topic, origin.group);
    }
    this.outbox.leave({ topic: origin.topic, isBack: true, message, origin });
    return true;
  }

  /** To one group of a topic. @returns whether it is there. */
  private giveBack(message: Message, name: string, group: string): boolean {
    const back = this.topic(name);
    if (back?.groups.some((other) => other.name === group) !== true) return false;
    const copy = storeCopy(back, message, this.nowMs, null);
    for (const other of back.groups) {
      if (other.name !== group) progressIn(other, copy.sequence).settled = true;
    }
    return true;
  }

  /**
   * Deliveries first, so that what fails for the last time is a dead letter before it is too old; by
   * the numbers of groups, which those that have handed something out have told.
   */
  private doWhatIsDue(): void {
    for (const topic of this.topics) {
      const groups = topic.groups.toSorted((one, other) => (one.id ?? 0) - (other.id ?? 0));
      for (const group of groups) this.expire(topic, group);
    }
    for (const topic of this.topics) {
      const { maxAgeMs } = topic.configuration;
      topic.messages = topic.messages.filter(({ publishedAtMs }) => {
        return maxAgeMs === null || publishedAtMs + maxAgeMs > this.nowMs;
      });
      for (const message of topic.messages) message.expired = isExpired(message, this.nowMs);
      const mature = topic.messages
        .filter(({ expired }) => !expired)
        .flatMap((message) => (message.dueMs === null ? [] : [{ message, dueMs: message.dueMs }]))
        .filter(({ dueMs }) => dueMs <= this.nowMs)
        .sort((one, other) => {
          return one.dueMs - other.dueMs || one.message.sequence - other.message.sequence;
        });
      for (const { message } of mature) {
        message.dueMs = null;
        // It takes a number of its own as if it were published now.
        if (message.key !== null) topic.lastSequence += 1;
        topic.opened += 1;
        message.opened = topic.opened;
      }
    }
  }
}

/** A message of another shard, before it is stored. */
function arrived(packed: Uint8Array, priority: number, key: string | null): Message {
  return {
    sequence: 0,
    priority,
    key,
    publishedAtMs: 0,
    expiresAtMs: null,
    bytes: null,
    packed,
    place: 0,
    origin: null,
    dueMs: null,
    opened: 0,
    expired: false,
  };
}

function createGroup(topic: Topic, { group: name, from }: CreateGroupCommand): TopicResult {
  if (topic.groups.some((group) => group.name === name)) {
    return { status: 'group-created', created: false };
  }
  if (topic.groups.length >= GROUPS_PER_TOPIC_MAX) return FULL;
  const group: Group = { name, id: null, progress: new Map(), deadLettered: 0 };
  topic.groups.push(group);
  startAt(topic, group, from === 'earliest' ? 1 : topic.lastSequence + 1);
  return { status: 'group-created', created: true };
}

function deleteMessage(topic: Topic, { id }: DeleteMessageCommand): TopicResult {
  const numbers = numbersOf(id);
  const found = topic.messages.find(({ sequence }) => sequence === numbers?.sequence);
  if (numbers?.topicId !== topic.id || found === undefined) return MESSAGE_NOT_FOUND;
  topic.messages = topic.messages.filter((message) => message !== found);
  return { status: 'deleted' };
}

function seek(topic: Topic, group: Group, { to }: SeekCommand): TopicResult {
  const sequence = sought(topic, to);
  if (sequence === undefined) return MESSAGE_NOT_FOUND;
  startAt(topic, group, sequence);
  group.id = null;
  return { status: 'sought' };
}

/** With `work` retention a message that every group is done with goes; expired ones go anyway. */
function removeSettled(topic: Topic): void {
  const { messages, groups, configuration } = topic;
  topic.messages = messages.filter((message) => {
    const all = groups.map((group) => progressOf(group, message.sequence));
    if (message.expired) return all.some(({ inFlight }) => inFlight !== null);
    const keeps = configuration.retention === 'log' || groups.length === 0;
    return keeps || all.some(({ settled }) => !settled);
  });
  for (const group of groups) {
    for (const sequence of group.progress.keys()) {
      if (!topic.messages.some((message) => message.sequence === sequence)) {
        group.progress.delete(sequence);
      }
    }
  }
}
