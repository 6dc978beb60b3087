import { unreachable } from '@sinkron/invariant';
import type {
  AckCommand,
  CreateGroupCommand,
  ExtendCommand,
  NackCommand,
  ReceiveCommand,
  ReturnCommand,
  SeekCommand,
  SeekTarget,
} from '../../commands/topic-command.js';
import type {
  Acknowledged,
  GroupCreated,
  GroupNotFound,
  MessageNotFound,
  QueueFull,
  Received,
  Sought,
} from '../../commands/topic-result.js';
import type { TopicGroups } from '../../groups/topic-groups.js';
import { GROUPS_PER_SHARD_MAX, GROUPS_PER_TOPIC_MAX } from '../../limits.js';
import { readMessageId } from '../../message/message-id.js';
import type { Shard } from '../state/shard.js';
import type { Topic } from '../state/topic.js';

export const GROUP_NOT_FOUND: GroupNotFound = { status: 'group-not-found' };

export function createGroup(
  shard: Shard,
  topic: Topic,
  { group, from }: CreateGroupCommand,
): GroupCreated | QueueFull {
  const groups = shard.groupsOf(topic);
  if (groups.has(group)) return { status: 'group-created', created: false };
  const refusal = tooManyGroups(shard, groups);
  if (refusal !== undefined) return refusal;
  groups.create(group, from === 'earliest' ? 1 : topic.counts.lastSequence + 1);
  passHeld(topic, group);
  return { status: 'group-created', created: true };
}

/** Makes the group if it is not there. */
export function receive(
  shard: Shard,
  topic: Topic,
  { group, consumer, max, visibilityMs }: ReceiveCommand,
): Received | QueueFull {
  const groups = shard.groupsOf(topic);
  if (!groups.has(group)) {
    const refusal = tooManyGroups(shard, groups);
    if (refusal !== undefined) return refusal;
    groups.create(group, 1);
    passHeld(topic, group);
  }
  const received = groups.receive(group, { consumer, max, visibilityMs }, shard.nowMs);
  if (received.messages.length === 0) return received;
  const messages = received.messages.length;
  const redelivered = received.messages.filter(({ deliveries }) => deliveries > 1).length;
  shard.tell({ kind: 'delivered', topic: topic.name, group, messages, redelivered });
  return received;
}

/** What a consumer says of deliveries of its group. */
export function settle(
  shard: Shard,
  topic: Topic,
  command: AckCommand | NackCommand | ReturnCommand | ExtendCommand,
): Acknowledged | GroupNotFound {
  const { groups } = topic;
  if (groups?.has(command.group) !== true) return GROUP_NOT_FOUND;
  const settled = settleIn(groups, command, shard.nowMs);
  if (command.kind !== 'ack') return settled;
  let messages = -settled.stale.length;
  for (const { sequences } of command.receipts) messages += sequences.length;
  if (messages > 0)
    shard.tell({ kind: 'acked', topic: topic.name, group: command.group, messages });
  return settled;
}

export function seek(
  topic: Topic,
  { group, to }: SeekCommand,
): Sought | GroupNotFound | MessageNotFound {
  const { groups } = topic;
  if (groups?.has(group) !== true) return GROUP_NOT_FOUND;
  const from = sought(topic, to);
  if (from === undefined) return { status: 'message-not-found' };
  groups.seek(group, from);
  passHeld(topic, group);
  return { status: 'sought' };
}

/** A group that begins is done with messages past their ttl, which others have in flight still. */
function passHeld(topic: Topic, group: string): void {
  const { held } = topic;
  if (held.length > 0) topic.groups?.expiredIn(group, held);
}

function settleIn(
  groups: TopicGroups,
  command: AckCommand | NackCommand | ReturnCommand | ExtendCommand,
  nowMs: number,
): Acknowledged {
  const { kind, group, receipts } = command;
  switch (kind) {
    case 'ack':
      return groups.ack(group, receipts, nowMs);
    case 'nack':
      return groups.nack(group, receipts, command, nowMs);
    case 'return':
      return groups.giveBack(group, receipts, nowMs);
    case 'extend':
      return groups.extend(group, receipts, command.visibilityMs, nowMs);
    default:
      return unreachable(kind);
  }
}

/** The first sequence that the group is to see; undefined when there never was such a message. */
function sought(topic: Topic, to: SeekTarget): number | undefined {
  const { lastSequence } = topic.counts;
  switch (to.kind) {
    case 'earliest':
      return 1;
    case 'latest':
      return lastSequence + 1;
    case 'time':
      return topic.sequenceAtTime(to.timeMs);
    case 'id': {
      const place = readMessageId(to.id);
      if (place?.topicId !== topic.topicId || place.sequence > lastSequence) return undefined;
      return place.sequence;
    }
    default:
      return unreachable(to);
  }
}

/** Undefined where there is room for one more. */
function tooManyGroups({ groups: ofShard }: Shard, { count }: TopicGroups): QueueFull | undefined {
  if (count >= GROUPS_PER_TOPIC_MAX) {
    const message = `A topic has at most ${GROUPS_PER_TOPIC_MAX} groups, and this one has them.`;
    return { status: 'queue-full', message };
  }
  if (ofShard.count < GROUPS_PER_SHARD_MAX) return undefined;
  const message = `The topics of a shard have at most ${GROUPS_PER_SHARD_MAX} groups, and they have them.`;
  return { status: 'queue-full', message };
}
