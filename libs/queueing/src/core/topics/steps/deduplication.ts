import { integer, list, MalformedValue, WHOLE } from '@sinkron/fields';
import type { PublishCommand } from '../../commands/topic-command.js';
import { DEDUPLICATION_IDS_MAX } from '../../limits.js';
import { IDS_PER_RECORD_MAX } from '../limits.js';
import { numberKey, readNumberKey, TABLES } from '../records/record-keys.js';
import type { Shard } from '../state/shard.js';
import type { Topic } from '../state/topic.js';

/** Which messages of a publish were there before, in this publish or an earlier one. */
export class Duplicates {
  /** By offset: the sequence of an earlier publish, or the offset in this one. */
  private readonly found = new Map<
    number,
    { readonly sequence: number } | { readonly offset: number }
  >();

  get count(): number {
    return this.found.size;
  }

  has(offset: number): boolean {
    return this.found.has(offset);
  }

  add(offset: number, of: { readonly sequence: number } | { readonly offset: number }): void {
    this.found.set(offset, of);
  }

  sequences(first: number): readonly (readonly [offset: number, sequence: number])[] {
    return [...this.found].map(([offset, of]) => [
      offset,
      'sequence' in of ? of.sequence : first + of.offset,
    ]);
  }
}

/** Not to be added to. */
export const NO_DUPLICATES = new Duplicates();

export function findDuplicates(
  shard: Shard,
  topic: Topic | undefined,
  { notes }: PublishCommand,
): Duplicates {
  let duplicates = NO_DUPLICATES;
  const fresh = new Map<string, number>();
  for (const { offset, deduplicationId: id } of notes) {
    if (id === undefined) continue;
    if (duplicates === NO_DUPLICATES) duplicates = new Duplicates();
    const inPublish = fresh.get(id);
    const sequence = topic === undefined ? undefined : remembered(shard, topic, id);
    if (inPublish !== undefined) duplicates.add(offset, { offset: inPublish });
    else if (sequence !== undefined) duplicates.add(offset, { sequence });
    else fresh.set(id, offset);
  }
  return duplicates;
}

/** Keeps the deduplication ids of a publish that goes through, until its window ends. */
export function remember(
  shard: Shard,
  topic: Topic,
  { notes }: PublishCommand,
  first: number,
  duplicates: Duplicates,
): void {
  const windowMs = topic.configuration.deduplicationWindowMs;
  if (duplicates === NO_DUPLICATES || windowMs === 0) return;
  const untilMs = shard.nowMs + windowMs;
  const ids: string[] = [];
  for (const { offset, deduplicationId: id } of notes) {
    if (id === undefined || duplicates.has(offset)) continue;
    const key = numberKey(topic.topicId) + id;
    // Its window is over, or it would be a duplicate: it counts as the new one from now on.
    if (shard.records.tables.get(TABLES.deduplication, key) === undefined) {
      topic.touch().deduplicationIds += 1;
    }
    shard.records.put(TABLES.deduplication, key, [first + offset, untilMs]);
    ids.push(id);
  }
  if (ids.length === 0) return;
  const counts = topic.touch();
  counts.forgetMs = Math.min(counts.forgetMs ?? untilMs, untilMs);
  const place = numberKey(topic.topicId) + numberKey(untilMs) + numberKey(first);
  for (let from = 0; from < ids.length; from += IDS_PER_RECORD_MAX) {
    const part = ids.slice(from, from + IDS_PER_RECORD_MAX);
    shard.records.put(TABLES.deduplicationTimes, place + numberKey(from), part);
  }
  while (counts.deduplicationIds > DEDUPLICATION_IDS_MAX) forgetFirst(shard, topic, Infinity);
}

/** Forgets ids whose window is over, about `budget` of them. @returns how many. */
export function forgetDue(shard: Shard, topic: Topic, budget: number): number {
  let forgotten = 0;
  while (topic.counts.forgetMs !== null && topic.counts.forgetMs <= shard.nowMs) {
    if (forgotten >= budget) return forgotten;
    forgotten += forgetFirst(shard, topic, shard.nowMs);
  }
  return forgotten;
}

/** Forgets the ids of one record, if their window ends by `byMs`. @returns how many records. */
function forgetFirst(shard: Shard, topic: Topic, byMs: number): number {
  const { records } = shard;
  const counts = topic.touch();
  const prefix = numberKey(topic.topicId);
  let removed = 0;
  counts.forgetMs = null;
  for (const [key, bytes] of records.under(TABLES.deduplicationTimes, prefix)) {
    const untilMs = readNumberKey(key, prefix.length);
    if (removed > 0 || untilMs > byMs) {
      counts.forgetMs = untilMs;
      break;
    }
    for (const id of readIds(records.codec.decode(bytes))) {
      const found = readRemembered(records.get(TABLES.deduplication, prefix + id));
      // Published again after its window: another record says when that one is forgotten.
      if (found?.untilMs !== untilMs) continue;
      records.remove(TABLES.deduplication, prefix + id);
      counts.deduplicationIds -= 1;
      removed += 1;
    }
    records.remove(TABLES.deduplicationTimes, key);
    removed += 1;
  }
  return removed;
}

/** The sequence of the message with that id, within its window. */
function remembered(shard: Shard, topic: Topic, id: string): number | undefined {
  if (topic.counts.deduplicationIds === 0) return undefined;
  const value = shard.records.get(TABLES.deduplication, numberKey(topic.topicId) + id);
  const found = readRemembered(value);
  return found === undefined || found.untilMs <= shard.nowMs ? undefined : found.sequence;
}

function readRemembered(value: unknown): { sequence: number; untilMs: number } | undefined {
  if (value === undefined) return undefined;
  const [sequence, untilMs] = list(value, 'a deduplication record', 2);
  return {
    sequence: integer(sequence, 'sequence', WHOLE),
    untilMs: integer(untilMs, 'untilMs', WHOLE),
  };
}

function readIds(value: unknown): readonly string[] {
  return list(value, 'deduplication ids', IDS_PER_RECORD_MAX).map((id) => {
    if (typeof id !== 'string') throw new MalformedValue('a deduplication id', 'text');
    return id;
  });
}
