import { booleanField, fieldsOf, integerField, list, MalformedValue, WHOLE } from '@sinkron/fields';
import { bytesField, nameField, optionalNameField } from '../../fields.js';
import { NAME_BYTES_MAX, PRIORITIES } from '../../limits.js';
import { isPacked, onePacked } from '../../message/packed-messages.js';
import type { Origin } from '../segments/segment.js';

const PRIORITY = { min: 0, max: PRIORITIES - 1 };
const FIELDS = 7;

/** A message on its way to a topic of another shard, with all that is known of it there. */
export interface LeavingMessage {
  /** The topic that is to have it. */
  readonly topic: string;
  /** The topic that it left. */
  readonly from: string;
  readonly priority: number;
  readonly key: string | null;
  /** Of a dead letter; null: it goes there as if it were published. */
  readonly origin: Origin | null;
  /** Only the group where it failed gets it: the topic and the group of `origin`. */
  readonly isBack: boolean;
  /** This one message. */
  readonly packed: Uint8Array;
}

/** It grows from one message to the next of the same two shards. */
export interface NumberedMessage extends LeavingMessage {
  readonly number: number;
}

export function leavingRecord(message: LeavingMessage): unknown {
  const { topic, from, priority, key, origin, isBack, packed } = message;
  const place = origin === null ? null : [origin.topic, origin.group, origin.sequence];
  return [topic, from, priority, key, place, isBack, packed];
}

/** @throws MalformedValue */
export function readLeavingRecord(value: unknown): LeavingMessage {
  const [topic, from, priority, key, place, isBack, packed] = list(value, 'an outbox', FIELDS);
  const origin = place === null ? null : originIn(list(place, 'an origin', 3));
  return readLeaving({ topic, from, priority, key, origin, isBack, packed });
}

/** @throws MalformedValue */
export function readNumbered(value: unknown): NumberedMessage {
  const fields = fieldsOf(value, 'a message');
  return { number: integerField(fields, 'number', WHOLE), ...readLeaving(value) };
}

function readLeaving(value: unknown): LeavingMessage {
  const fields = fieldsOf(value, 'a message');
  const { origin } = fields;
  const packed = bytesField(fields, 'packed');
  if (!isPacked(onePacked(packed))) throw new MalformedValue('packed', 'one message');
  const isBack = booleanField(fields, 'isBack');
  if (isBack && origin === null) throw new MalformedValue('origin', 'known of what goes back');
  return {
    topic: nameField(fields, 'topic', NAME_BYTES_MAX),
    from: nameField(fields, 'from', NAME_BYTES_MAX),
    priority: integerField(fields, 'priority', PRIORITY),
    key: optionalNameField(fields, 'key', NAME_BYTES_MAX),
    origin: origin === null ? null : readOrigin(origin),
    isBack,
    packed,
  };
}

function originIn([topic, group, sequence]: readonly unknown[]): unknown {
  return { topic, group, sequence };
}

function readOrigin(value: unknown): Origin {
  const fields = fieldsOf(value, 'an origin');
  return {
    topic: nameField(fields, 'topic', NAME_BYTES_MAX),
    group: nameField(fields, 'group', NAME_BYTES_MAX),
    sequence: integerField(fields, 'sequence', WHOLE),
  };
}
