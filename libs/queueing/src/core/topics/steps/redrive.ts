import type { RedriveCommand } from '../../commands/topic-command.js';
import type { Redriven, TopicNotFound } from '../../commands/topic-result.js';
import type { StoredMessage } from '../../ports.js';
import { ORIGINS_PER_REDRIVE_MAX, REDRIVEN_IN_GROUPS_MAX } from '../limits.js';
import { namedKey, numberKey, readNumberKey, TABLES } from '../records/record-keys.js';
import type { Origin } from '../segments/segment.js';
import type { Located } from '../segments/topic-segments.js';
import type { Shard } from '../state/shard.js';
import type { Topic } from '../state/topic.js';
import { openMessages } from './announce.js';
import { deadLetterTopicOf, packedOf, storeCopy } from './dead-letters.js';
import { removeMessages } from './remove.js';

/** Gives dead letters back: those that stand in the topic, then those that come from it. */
export function redrive(shard: Shard, command: RedriveCommand): Redriven | TopicNotFound {
  const topic = shard.topic(command.topic);
  if (topic === undefined) return { status: 'topic-not-found' };
  const deadLetters = shard.topic(deadLetterTopicOf(topic) ?? '');
  let moved = 0;
  let work = 0;
  const move = (from: Topic, sequences: readonly number[]): void => {
    for (const sequence of sequences) {
      if (moved === command.max || work >= REDRIVEN_IN_GROUPS_MAX || !shard.mayCopy) return;
      const groups = moveBack(shard, from, sequence, command.to);
      if (groups === undefined) continue;
      moved += 1;
      work += Math.max(1, groups);
    }
  };
  move(topic, standingIn(shard, topic, command.max));
  if (deadLetters !== undefined && deadLetters !== topic && moved < command.max) {
    const prefix = namedKey(deadLetters.segments.store, topic.name);
    move(deadLetters, sequencesUnder(shard, prefix, command.max));
  }
  return { status: 'redriven', moved };
}

/** Dead letters of a topic by sequence, wherever they come from. */
function standingIn(shard: Shard, topic: Topic, max: number): readonly number[] {
  const { store } = topic.segments;
  const found: number[] = [];
  let from = store;
  for (let origins = 0; origins < ORIGINS_PER_REDRIVE_MAX; origins += 1) {
    const prefix = firstOrigin(shard, store, from);
    if (prefix === undefined) break;
    found.push(...sequencesUnder(shard, prefix, max));
    // Digits are all that follows: the next key is of another origin.
    from = `${prefix}~`;
  }
  return found.sort((one, other) => one - other).slice(0, max);
}

function firstOrigin(shard: Shard, store: string, from: string): string | undefined {
  const digits = numberKey(0).length;
  for (const [key] of shard.records.under(TABLES.origins, store, from)) {
    return key.slice(0, key.length - digits);
  }
  return undefined;
}

function sequencesUnder(shard: Shard, prefix: string, max: number): readonly number[] {
  const found: number[] = [];
  for (const [key] of shard.records.under(TABLES.origins, prefix)) {
    if (found.length === max) break;
    found.push(readNumberKey(key, prefix.length));
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
