import { compareByteOrder } from '@sinkron/utf8';
import type { RedriveCommand } from '../../commands/topic-command.js';
import type { Redriven, TopicNotFound } from '../../commands/topic-result.js';
import type { PackedMessages } from '../../message/packed-messages.js';
import type { StoredMessage } from '../../ports.js';
import { ORIGINS_PER_REDRIVE_MAX, REDRIVEN_IN_GROUPS_MAX } from '../limits.js';
import { behind, namedKey, readNamedKey, readNumberKey, TABLES } from '../records/record-keys.js';
import type { Origin } from '../segments/segment.js';
import type { Shard } from '../state/shard.js';
import type { Topic } from '../state/topic.js';
import { openMessages } from './announce.js';
import { deadLetterTopicOf, moveTo, packedOf, storeCopy } from './dead-letters.js';
import { removeMessages } from './remove.js';

/** Gives dead letters back: those that stand in the topic, then those that come from it. */
export function redrive(shard: Shard, command: RedriveCommand): Redriven | TopicNotFound {
  const { max, to } = command;
  const topic = shard.topic(command.topic);
  if (topic === undefined) return { status: 'topic-not-found' };
  const goesTo = deadLetterTopicOf(topic) ?? '';
  const deadLetters = shard.topic(goesTo);
  let moved = 0;
  let work = 0;
  const move = (from: Topic, sequences: readonly number[]): void => {
    for (const sequence of sequences) {
      if (moved === max || work >= REDRIVEN_IN_GROUPS_MAX || !shard.mayCopy) return;
      const groups = moveBack(shard, from, sequence, to);
      if (groups === undefined) continue;
      moved += 1;
      work += Math.max(1, groups);
    }
  };
  const { store } = topic.segments;
  if (command.origin !== undefined) {
    move(topic, comingFrom(shard, { store, origin: command.origin, to }, max));
    return { status: 'redriven', moved };
  }
  move(topic, standingIn(shard, topic, command));
  if (deadLetters !== undefined && deadLetters !== topic && moved < max) {
    const from = { store: deadLetters.segments.store, origin: topic.name, to };
    move(deadLetters, comingFrom(shard, from, max));
  }
  const isElsewhere = goesTo !== '' && shard.outbox.isElsewhere(goesTo);
  return { status: 'redriven', moved, ...(isElsewhere ? { elsewhere: goesTo } : {}) };
}

/** Dead letters of one topic that stand in another and can go, by sequence. */
function comingFrom(shard: Shard, from: DeadLettersOf, max: number): readonly number[] {
  const groups = [...groupsThatTake(shard, from)];
  return firstOf(
    groups.map((group) => sequencesUnder(shard, group)),
    max,
  );
}

/** Dead letters that stand in a topic and can go, by sequence, of whichever topics they are. */
function standingIn(shard: Shard, topic: Topic, { max, to }: RedriveCommand): readonly number[] {
  const { records } = shard;
  const { store } = topic.segments;
  const reached = records.get(TABLES.redrives, store);
  const lists: Sequences[] = [];
  let looks = 0;
  for (const origin of originsFrom(shard, store, typeof reached === 'string' ? reached : null)) {
    if (looks >= ORIGINS_PER_REDRIVE_MAX) {
      records.put(TABLES.redrives, store, origin);
      return firstOf(lists, max);
    }
    looks += 1;
    for (const group of groupsThatTake(shard, { store, origin, to })) {
      lists.push(sequencesUnder(shard, group));
      looks += 1;
    }
  }
  if (reached !== undefined) records.remove(TABLES.redrives, store);
  return firstOf(lists, max);
}

/** All topics of which dead letters stand in a store, once around from the one that was reached. */
function* originsFrom(
  shard: Shard,
  store: string,
  reached: string | null,
): Generator<string, void, undefined> {
  yield* namesUnder(shard, store, reached);
  if (reached === null) return;
  for (const origin of namesUnder(shard, store, null)) {
    if (compareByteOrder(namedKey(store, origin), namedKey(store, reached)) >= 0) return;
    yield origin;
  }
}

/**
 * Prefixes of the dead letters of a topic's groups: of those that are there, or of all that have some
 * where they go to another topic, or come from another shard.
 */
function* groupsThatTake(
  shard: Shard,
  { store, origin, to }: DeadLettersOf,
): Generator<string, void, undefined> {
  const prefix = namedKey(store, origin);
  const groups =
    to === null && !shard.outbox.isElsewhere(origin)
      ? (shard.topic(origin)?.groups?.names ?? [])
      : namesUnder(shard, prefix, null);
  let count = 0;
  for (const group of groups) {
    if (count === ORIGINS_PER_REDRIVE_MAX) return;
    count += 1;
    yield namedKey(prefix, group);
  }
}

/** Where they stand, the topic that they come from, and where they are to go. */
interface DeadLettersOf {
  readonly store: string;
  readonly origin: string;
  readonly to: string | null;
}

type Sequences = Generator<number, void, undefined>;

/** Names of topics, or of groups, of which dead letters are there, each once, from one on. */
function* namesUnder(
  { records }: Shard,
  prefix: string,
  first: string | null,
): Generator<string, void, undefined> {
  let from = first === null ? prefix : namedKey(prefix, first);
  for (;;) {
    const found = records.under(TABLES.origins, prefix, from).next();
    if (found.done === true) return;
    const name = readNamedKey(found.value[0], prefix);
    yield name;
    from = behind(namedKey(prefix, name));
  }
}

function* sequencesUnder({ records }: Shard, prefix: string): Sequences {
  for (const [key] of records.under(TABLES.origins, prefix)) {
    yield readNumberKey(key, prefix.length);
  }
}

/** The least of several ascending lists. */
function firstOf(lists: readonly Sequences[], max: number): readonly number[] {
  const heads: { sequence: number; readonly list: Sequences }[] = [];
  for (const list of lists) {
    const first = list.next();
    if (first.done !== true) heads.push({ sequence: first.value, list });
  }
  const found: number[] = [];
  while (found.length < max) {
    let [least] = heads;
    for (const head of heads) {
      if (least === undefined || head.sequence < least.sequence) least = head;
    }
    if (least === undefined) break;
    found.push(least.sequence);
    const next = least.list.next();
    if (next.done === true) heads.splice(heads.indexOf(least), 1);
    else least.sequence = next.value;
  }
  return found;
}

/**
 * To the group where it failed, or to all groups of another topic. @returns how many groups there are;
 * undefined if it could not.
 */
function moveBack(
  shard: Shard,
  from: Topic,
  sequence: number,
  to: string | null,
): number | undefined {
  const located = from.segments.find(sequence);
  const origin = located?.segment.note(located.place)?.origin ?? null;
  if (located === undefined || origin === null) return undefined;
  const message = located.segment.message(located.place);
  const content = packedOf(from, located);
  if (to !== null) {
    moveTo(shard, { name: to, from: from.name }, message, content, null);
    takeAway(shard, from, message);
    return shard.topic(to)?.readers.size ?? 0;
  }
  const groups = moveToOrigin(shard, from, origin, message, content);
  if (groups !== undefined) takeAway(shard, from, message);
  return groups;
}

function moveToOrigin(
  shard: Shard,
  from: Topic,
  origin: Origin,
  message: StoredMessage,
  content: PackedMessages,
): number | undefined {
  if (!shard.outbox.isElsewhere(origin.topic)) {
    const target = shard.topic(origin.topic);
    return target && giveToGroup(shard, target, origin.group, message, content);
  }
  const { priority, key } = message;
  const { packed } = content;
  const { topic } = origin;
  // Whether its group is there still is known over there only.
  shard.leave({ topic, from: from.name, priority, key, origin, isBack: true, packed });
  return 0;
}

/** Only one group of the topic gets it. @returns how many there are; undefined if that one is gone. */
export function giveToGroup(
  shard: Shard,
  target: Topic,
  group: string,
  message: Pick<StoredMessage, 'priority' | 'key'>,
  content: PackedMessages,
): number | undefined {
  const groupId = target.groups?.idOf(group);
  if (groupId === undefined) return undefined;
  const segment = storeCopy(shard, target, message, content, null);
  for (const other of target.readers.keys()) {
    if (other !== groupId) target.settle(other, { segment, place: 0 });
  }
  target.groups?.redriven(group, openMessages([segment]));
  return target.readers.size;
}

function takeAway(shard: Shard, from: Topic, message: StoredMessage): void {
  shard.touch(from);
  removeMessages(from, [message]);
}
