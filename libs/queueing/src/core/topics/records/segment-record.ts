import { integer, list, MalformedValue, WHOLE } from '@sinkron/fields';
import { bytes } from '../../fields.js';
import { MESSAGES_PER_PUBLISH_MAX, PRIORITIES } from '../../limits.js';
import type { Origin, SegmentFacts, SegmentNote } from '../segments/segment.js';

const FIELDS = 7;
const PRIORITY = { min: 0, max: PRIORITIES - 1 };

/** A segment with the bodies of its messages. */
export interface StoredSegment {
  readonly facts: SegmentFacts;
  readonly packed: Uint8Array;
}

export function segmentRecord({ facts, packed }: StoredSegment): unknown {
  const { priority, first, publishedAtMs, offsets, sizes, notes } = facts;
  return [priority, first, publishedAtMs, offsets, sizes, notes.map(noteRecord), packed];
}

/** @throws MalformedValue */
export function readSegmentRecord(key: string, value: unknown): StoredSegment {
  const [priority, first, publishedAtMs, offsets, sizes, notes, packed] = list(
    value,
    'a segment record',
    FIELDS,
  );
  const facts: SegmentFacts = {
    key,
    priority: integer(priority, 'priority', PRIORITY),
    first: integer(first, 'first', WHOLE),
    publishedAtMs: integer(publishedAtMs, 'publishedAtMs', WHOLE),
    offsets: offsets === null ? null : readIntegers(offsets, 'offsets'),
    sizes: readIntegers(sizes, 'sizes'),
    notes: list(notes, 'notes', MESSAGES_PER_PUBLISH_MAX).map(readNote),
  };
  return { facts, packed: bytes(packed, 'packed') };
}

/** Only the bodies of a segment. @throws MalformedValue */
export function packedIn(value: unknown): Uint8Array {
  return bytes(list(value, 'a segment record', FIELDS)[FIELDS - 1], 'packed');
}

function noteRecord({ place, key, dueMs, expiresAtMs, origin }: SegmentNote): unknown {
  return [
    place,
    key,
    dueMs,
    expiresAtMs,
    origin === null ? null : [origin.topic, origin.group, origin.sequence],
  ];
}

function readNote(value: unknown): SegmentNote {
  const [place, key, dueMs, expiresAtMs, origin] = list(value, 'a note', 5);
  return {
    place: integer(place, 'place', WHOLE),
    key: key === null ? null : text(key, 'key'),
    dueMs: dueMs === null ? null : integer(dueMs, 'dueMs', WHOLE),
    expiresAtMs: expiresAtMs === null ? null : integer(expiresAtMs, 'expiresAtMs', WHOLE),
    origin: origin === null ? null : readOrigin(origin),
  };
}

function readOrigin(value: unknown): Origin {
  const [topic, group, sequence] = list(value, 'an origin', 3);
  return {
    topic: text(topic, 'topic'),
    group: text(group, 'group'),
    sequence: integer(sequence, 'sequence', WHOLE),
  };
}

function readIntegers(value: unknown, what: string): readonly number[] {
  return list(value, what, MESSAGES_PER_PUBLISH_MAX).map((item) => integer(item, what, WHOLE));
}

function text(value: unknown, what: string): string {
  if (typeof value !== 'string') throw new MalformedValue(what, 'text');
  return value;
}
