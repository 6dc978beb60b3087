import {
  fieldsOf,
  integer,
  integerField,
  list,
  listField,
  MalformedValue,
  WHOLE,
  type Fields,
} from '@sinkron/fields';
import { nameField, optionalNameField } from '../../fields.js';
import { NAME_BYTES_MAX, RECEIPTS_MAX, TOPIC_NAME_BYTES_MAX } from '../../limits.js';
import type { DeliveryReceipts } from '../topic-command.js';

/*
 * The fields that commands, requests and queries share. Each reader throws MalformedValue.
 */

/** Dead-letter topics have `.dead` behind a name of the full length. */
const ANY_TOPIC_BYTES_MAX = TOPIC_NAME_BYTES_MAX + '.dead'.length;
const ID_CHARS_MAX = 64;

export function readTopicName(fields: Fields, key = 'topic'): string {
  return nameField(fields, key, ANY_TOPIC_BYTES_MAX);
}

export function readOptionalTopicName(fields: Fields, key: string): string | null {
  return optionalNameField(fields, key, ANY_TOPIC_BYTES_MAX);
}

export function readGroupName(fields: Fields, key = 'group'): string {
  return nameField(fields, key, NAME_BYTES_MAX);
}

export function readOptionalName(fields: Fields, key: string): string | null {
  return optionalNameField(fields, key, NAME_BYTES_MAX);
}

/** Any text: it may be the id of a message, or not. */
export function readId(fields: Fields): string {
  return nameField(fields, 'id', ID_CHARS_MAX);
}

export function readLimit(fields: Fields, max: number): number {
  return integerField(fields, 'limit', { min: 1, max });
}

/** 1 to RECEIPTS_MAX receipts in all. */
export function readReceipts(fields: Fields): readonly DeliveryReceipts[] {
  const deliveries = listField(fields, 'receipts', RECEIPTS_MAX).map(readDelivery);
  let count = 0;
  for (const { sequences } of deliveries) count += sequences.length;
  if (count < 1 || count > RECEIPTS_MAX) {
    throw new MalformedValue('receipts', `1 to ${RECEIPTS_MAX} receipts`);
  }
  return deliveries;
}

function readDelivery(value: unknown): DeliveryReceipts {
  const fields = fieldsOf(value, 'a delivery');
  return {
    topicId: integerField(fields, 'topicId', WHOLE),
    groupId: integerField(fields, 'groupId', WHOLE),
    deliveryId: integerField(fields, 'deliveryId', WHOLE),
    sequences: readIntegers(fields['sequences'], 'sequences', RECEIPTS_MAX),
  };
}

export function readIntegers(value: unknown, what: string, countMax: number): readonly number[] {
  return list(value, what, countMax).map((item) => integer(item, what, WHOLE));
}
