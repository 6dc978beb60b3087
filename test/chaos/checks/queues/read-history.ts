import type { QueueOperation } from '../../../queues/queue-operation.js';
import { field } from '../../clients/calls/answers.js';
import type { GroupAtEnd } from './group-at-end.js';

type Shape = Readonly<Record<string, (value: unknown) => boolean>>;

const OUTCOMES: readonly unknown[] = ['done', 'refused', 'unknown'];
const SETTLEMENTS: readonly unknown[] = ['ack', 'nack', 'return', 'extend'];

const CALL: Shape = {
  topic: isText,
  from: isNumber,
  until: isNumber,
  outcome: (value) => OUTCOMES.includes(value),
};
const PUBLISHED: Shape = { value: isText, key: orNull, id: orNull, delayed: isBoolean };
const RECEIVED: Shape = {
  id: isText,
  value: isText,
  key: orNull,
  deliveries: isNumber,
  receipt: isText,
};
const SETTLED: Shape = { receipt: isText, acted: (value) => value === null || isBoolean(value) };
const END: Shape = {
  topic: isText,
  group: isText,
  values: listOf(isText),
  deadLetters: listOf(isText),
  deadLettered: isNumber,
};

/** @param text a `queues.jsonl`. @throws Error that names the first line that is no operation. */
export function readOperations(text: string): readonly QueueOperation[] {
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.map((line, place) => {
    const value: unknown = JSON.parse(line);
    if (!isOperation(value)) throw new Error(`line ${place + 1} is no operation: ${line}`);
    return value;
  });
}

/** @param text a `queues-end.json`. */
export function readEnds(text: string): readonly GroupAtEnd[] {
  const value: unknown = JSON.parse(text);
  if (!isEnds(value)) throw new Error('this is no list of what stood in groups');
  return value;
}

function isOperation(value: unknown): value is QueueOperation {
  if (!has(value, CALL)) return false;
  const kind = field(value, 'kind');
  if (kind === 'publish') return listOf(of(PUBLISHED))(field(value, 'messages'));
  if (!isText(field(value, 'group'))) return false;
  if (kind === 'receive') {
    return has(value, { visibilityMs: isNumber, messages: listOf(of(RECEIVED)) });
  }
  return SETTLEMENTS.includes(kind) && listOf(of(SETTLED))(field(value, 'receipts'));
}

function isEnds(value: unknown): value is readonly GroupAtEnd[] {
  return listOf(of(END))(value);
}

function has(value: unknown, shape: Shape): boolean {
  return Object.entries(shape).every(([name, isRight]) => isRight(field(value, name)));
}

function of(shape: Shape): (value: unknown) => boolean {
  return (value) => has(value, shape);
}

function listOf(isRight: (value: unknown) => boolean): (value: unknown) => boolean {
  return (value) => Array.isArray(value) && value.every(isRight);
}

function isText(value: unknown): boolean {
  return typeof value === 'string';
}

function orNull(value: unknown): boolean {
  return value === null || isText(value);
}

function isNumber(value: unknown): boolean {
  return typeof value === 'number';
}

function isBoolean(value: unknown): boolean {
  return typeof value === 'boolean';
}
