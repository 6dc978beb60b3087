import { base36 } from './base36.js';

/** Where a message stands: ids are this, written in base 36. */
export interface MessagePlace {
  readonly topicId: number;
  readonly sequence: number;
}

const ID = /^([1-9a-z][0-9a-z]{0,10})-([1-9a-z][0-9a-z]{0,10})$/;

/** `{topicId}-{sequence}`, each in base 36. */
export function messageId(topicId: number, sequence: number): string {
  return messageIdsOf(topicId)(sequence);
}

/** Makes the ids of a topic by sequence: what they have in common is made once. */
export function messageIdsOf(topicId: number): (sequence: number) => string {
  const prefix = `${base36(topicId)}-`;
  return (sequence) => `${prefix}${base36(sequence)}`;
}

/** Undefined for a text that no {@link messageId} is. */
export function readMessageId(text: string): MessagePlace | undefined {
  const [, topic = '', place = ''] = ID.exec(text) ?? [];
  const [topicId, sequence] = [readNumber(topic), readNumber(place)];
  return topicId === undefined || sequence === undefined ? undefined : { topicId, sequence };
}

function readNumber(digits: string): number | undefined {
  const number = Number.parseInt(digits, 36);
  return Number.isSafeInteger(number) ? number : undefined;
}
