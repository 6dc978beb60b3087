import { compareByteOrder } from '@sinkron/utf8';
import type { RedriveCommand } from '../../commands/topic-command.js';
import type { Redriven, TopicNotFound } from '../../commands/topic-result.js';
import type { StoredMessage } from '../../ports.js';
import { ORIGINS_PER_REDRIVE_MAX, REDRIVEN_IN_GROUPS_MAX } from '../limits.js';
import { behind, namedKey, readNamedKey, readNumberKey, TABLES } from '../records/record-keys.js';
import type { Origin } from '../segments/segment.js';
import type { Located } from '../segments/topic-segments.js';
import type { Shard } from '../state/shard.js';
import type { Topic } from '../state/topic.js';
import { openMessages } from './announce.js';
import { deadLetterTopicOf, packedOf, storeCopy } from './dead-letters.js';
import { removeMessages } from './remove.js';

/** Gives dead letters back: those that stand in the topic, then those that come from it. */
export function redrive(shard: Shard, command: RedriveCommand): Redriven | TopicNotFound {
  const { max, to } = command;
  const topic = shard.topic(command.topic);
  if (topic === undefined) return { status: 'topic-not-found' };
  const deadLetters = shard.topic(deadLetterTopicOf(topic) ?? '');
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
  move(topic, standingIn(shard, topic, command));
  if (deadLetters !== undefined && deadLetters !== topic && moved < max) {
    const { store } = deadLetters.segments;
    const groups = [...groupsThatTake(shard, { store, origin: topic.name, to })];
    const lists = groups.map((group) => sequencesUnder(shard, group));
    move(deadLetters, firstOf(lists, max));
  }
  return { status: 'redriven', moved };
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
 * where they go to another topic.
 */
function* groupsThatTake(
  shard: Shard,
  { store, origin, to }: { store: string; origin: string; to: string | null },
): Generator<string, void, undefined> {
  const prefix = namedKey(store, origin);
  const groups =
    to === null ? (shard.topic(origin)?.groups?.names ?? []) : namesUnder(shard, prefix, null);
  let count = 0;
  for (const group of groups) {
    if (count === ORIGINS_PER_REDRIVE_MAX) return;
    count += 1;
    yield namedKey(prefix, group);
  }
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
  if (to === null) return moveToOrigin(shard, from, located, message, origin);
  const target = shard.made(to);
  const segment = storeCopy(shard, target, message, packedOf(from, located), null);
  target.groups?.published(() => openMessages([segment]));
  takeAway(shard, from, message);
  return target.readers.size;
}

function moveToOrigin(
  shard: Shard,
  from: Topic,
  located: Located,
  message: StoredMessage,
  origin: Origin,
): number | undefined {
  const target = shard.topic(origin.topic);
  const groupId = target?.groups?.idOf(origin.group);
  if (target === undefined || groupId === undefined) return undefined;
  const segment = storeCopy(shard, target, message, packedOf(from, located), null);
  for (const other of target.readers.keys()) {
    if (other !== groupId) target.settle(other, { segment, place: 0 });
  }
  target.groups?.redriven(origin.group, openMessages([segment]));
  takeAway(shard, from, message);
  return target.readers.size;
}

function takeAway(shard: Shard, from: Topic, message: StoredMessage): void {
  shard.touch(from);
  removeMessages(from, [message]);
}
