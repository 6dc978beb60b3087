import { utf8Bytes } from '@sinkron/utf8';
import type { MessageNote, PublishCommand } from '../../commands/topic-command.js';
import type { Published, QueueFull } from '../../commands/topic-result.js';
import type { Topic } from './reference-state.js';

interface Incoming {
  readonly offset: number;
  readonly priority: number;
  readonly bytes: number;
  readonly packed: Uint8Array;
  readonly place: number;
  readonly note: MessageNote | undefined;
}

/** Stores all messages or none; `topic` is one that exists or a new one. */
export function publish(
  topic: Topic,
  command: PublishCommand,
  nowMs: number,
): Published | QueueFull {
  const first = topic.lastSequence + 1;
  const remembered = topic.deduplication.filter(({ untilMs }) => untilMs > nowMs);
  const untilMs = nowMs + topic.configuration.deduplicationWindowMs;
  const duplicates: (readonly [number, number])[] = [];
  const fresh: Incoming[] = [];
  for (const message of incoming(command)) {
    const id = message.note?.deduplicationId;
    const earlier = remembered.find((known) => known.id === id);
    if (earlier !== undefined) {
      duplicates.push([message.offset, earlier.sequence]);
      continue;
    }
    fresh.push(message);
    if (id !== undefined) remembered.push({ id, sequence: first + message.offset, untilMs });
  }
  if (!makeRoom(topic, fresh)) return { status: 'queue-full', message: '' };
  topic.deduplication = remembered;
  topic.lastSequence += command.count;
  for (const message of fresh) store(topic, first + message.offset, message, nowMs);
  return { status: 'published', topicId: topic.id ?? 0, first, count: command.count, duplicates };
}

/** The messages in the order in which the client gave them. */
function incoming({ parts, notes }: PublishCommand): Incoming[] {
  const messages = parts.flatMap(({ priority, offsets, packed, sizes }) => {
    return sizes.map((bytes, place) => {
      const offset = offsets?.[place] ?? place;
      const note = notes.find((other) => other.offset === offset);
      const keyBytes = utf8Bytes(note?.key ?? '');
      return { offset, priority, bytes: bytes + keyBytes, packed, place, note };
    });
  });
  return messages.sort((one, other) => one.offset - other.offset);
}

/** Drops the oldest open messages as far as the topic wants that. @returns whether they fit now. */
function makeRoom(topic: Topic, fresh: readonly Incoming[]): boolean {
  if (fresh.length === 0) return true;
  const { maxMessages, maxBytes, overflow } = topic.configuration;
  const more = fresh.reduce((sum, { bytes }) => sum + bytes, 0);
  const kept = [...topic.messages];
  const fits = (): boolean => {
    const bytes = kept.reduce((sum, message) => sum + (message.bytes ?? 0), 0) + more;
    const count = kept.length + fresh.length;
    return count <= (maxMessages ?? Infinity) && bytes <= (maxBytes ?? Infinity);
  };
  while (!fits()) {
    const oldest = kept.findIndex(({ dueMs, expired }) => dueMs === null && !expired);
    if (overflow === 'reject' || oldest === -1) return false;
    kept.splice(oldest, 1);
  }
  topic.messages = kept;
  return true;
}

function store(topic: Topic, sequence: number, message: Incoming, nowMs: number): void {
  const { priority, bytes, packed, place, note } = message;
  const wantedMs = note?.deliverAtMs ?? nowMs + (note?.delayMs ?? 0);
  const delayed = wantedMs > nowMs;
  if (!delayed) topic.opened += 1;
  topic.messages.push({
    sequence,
    priority,
    key: note?.key ?? null,
    publishedAtMs: nowMs,
    expiresAtMs: note?.ttlMs === undefined ? null : nowMs + note.ttlMs,
    bytes,
    packed,
    place,
    origin: null,
    dueMs: delayed ? wantedMs : null,
    opened: delayed ? 0 : topic.opened,
    expired: false,
  });
}
