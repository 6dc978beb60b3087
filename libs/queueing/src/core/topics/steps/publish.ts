import { utf8Bytes } from '@sinkron/utf8';
import type { PublishCommand, PublishedPart } from '../../commands/topic-command.js';
import type { Published, QueueFull } from '../../commands/topic-result.js';
import { TOPICS_PER_SHARD_MAX } from '../../limits.js';
import { takePacked } from '../../message/packed-messages.js';
import { SEGMENT_BYTES_MAX } from '../limits.js';
import type { Segment } from '../segments/segment.js';
import type { Shard } from '../state/shard.js';
import type { NewSegment, Topic } from '../state/topic.js';
import { openMessages } from './announce.js';
import { findDuplicates, NO_DUPLICATES, remember, type Duplicates } from './deduplication.js';
import { makeRoom } from './make-room.js';
import { PublishNotes } from './publish-notes.js';
import { tooManyTopics } from './topics.js';

/** Stores all messages of a publish, less duplicates, or none. */
export function publish(shard: Shard, command: PublishCommand): Published | QueueFull {
  const known = shard.topic(command.topic);
  if (known === undefined && shard.topicCount >= TOPICS_PER_SHARD_MAX) return tooManyTopics();
  const notes = new PublishNotes(command.notes, shard.nowMs);
  const duplicates = findDuplicates(shard, known, command);
  const more = sizeOf(command, notes, duplicates);
  if (known !== undefined) {
    const refusal = makeRoom(shard, known, more);
    if (refusal !== undefined) return refusal;
  }
  const topic = known ?? shard.made(command.topic);
  shard.touch(topic);
  const first = topic.take(command.count);
  remember(shard, topic, command, first, duplicates);
  const segments = command.parts.flatMap((part) =>
    storePart(topic, part, { first, notes, duplicates, nowMs: shard.nowMs }),
  );
  if (more.messages > 0) topic.groups?.published(() => openMessages(segments));
  shard.tell({ kind: 'published', topic: topic.name, messages: more.messages });
  return {
    status: 'published',
    topicId: topic.topicId,
    first,
    count: command.count,
    duplicates: duplicates.sequences(first),
  };
}

interface Publishing {
  readonly first: number;
  readonly notes: PublishNotes;
  readonly duplicates: Duplicates;
  readonly nowMs: number;
}

/** Messages and bytes that a publish adds. */
export interface Addition {
  readonly messages: number;
  readonly bytes: number;
}

function sizeOf(command: PublishCommand, notes: PublishNotes, duplicates: Duplicates): Addition {
  let bytes = 0;
  for (const { offsets, sizes } of command.parts) {
    for (const [place, size] of sizes.entries()) {
      const offset = offsets?.[place] ?? place;
      if (duplicates !== NO_DUPLICATES && duplicates.has(offset)) continue;
      const key = notes.at(offset)?.key;
      bytes += key === undefined ? size : size + utf8Bytes(key);
    }
  }
  return { messages: command.count - duplicates.count, bytes };
}

/** Cuts the part into segments, so that none is much to read. */
function storePart(topic: Topic, part: PublishedPart, publishing: Publishing): readonly Segment[] {
  const { duplicates } = publishing;
  const segments: Segment[] = [];
  let places: number[] = [];
  let bytes = 0;
  for (const [place, size] of part.sizes.entries()) {
    if (duplicates !== NO_DUPLICATES && duplicates.has(part.offsets?.[place] ?? place)) continue;
    if (places.length > 0 && bytes + size > SEGMENT_BYTES_MAX) {
      segments.push(storePlaces(topic, part, places, publishing));
      places = [];
      bytes = 0;
    }
    places.push(place);
    bytes += size;
  }
  if (places.length > 0) segments.push(storePlaces(topic, part, places, publishing));
  return segments;
}

function storePlaces(
  topic: Topic,
  part: PublishedPart,
  places: readonly number[],
  { first, notes, nowMs }: Publishing,
): Segment {
  const { packed, sizes } = takePacked(part, places);
  const offsetOf = (place: number): number => part.offsets?.[place] ?? place;
  const start = offsetOf(places[0] ?? 0);
  const end = offsetOf(places.at(-1) ?? 0);
  const gaps = end - start + 1 !== places.length;
  const news: NewSegment = {
    priority: part.priority,
    first: first + start,
    publishedAtMs: nowMs,
    offsets: gaps ? places.map((place) => offsetOf(place) - start) : null,
    sizes,
    notes: notes.isEmpty
      ? []
      : places.flatMap((place, at) => notes.segmentNote(offsetOf(place), at) ?? []),
  };
  return topic.store(news, packed);
}
