import { integer, list, MalformedValue, WHOLE } from '@sinkron/fields';
import { text } from '../fields.js';
import { NAME_BYTES_MAX, PRIORITIES, RECEIPTS_MAX } from '../limits.js';
import type { HandedOut } from './topic-result.js';

/**
 * Messages of a receive as answers carry them, and as every replica keeps them for a while. What most of
 * them have in common is written once:
 * [differences of sequences, [priority, count, …], [offset, deliveries, …], [offset, key, …]].
 */
export type HandedOutColumns = readonly [
  sequences: readonly number[],
  priorities: readonly number[],
  deliveries: readonly number[],
  keys: readonly (number | string)[],
];

const PRIORITY = { min: 0, max: PRIORITIES - 1 };
const COUNT = { min: 1, max: RECEIPTS_MAX };
const DIFFERENCE = { min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER };

export function packHandedOut(messages: readonly HandedOut[]): HandedOutColumns {
  const sequences: number[] = [];
  const priorities: number[] = [];
  const deliveries: number[] = [];
  const keys: (number | string)[] = [];
  let previous = 0;
  for (const [offset, message] of messages.entries()) {
    sequences.push(message.sequence - previous);
    previous = message.sequence;
    const last = priorities.length - 2;
    if (priorities[last] === message.priority) {
      priorities[last + 1] = (priorities[last + 1] ?? 0) + 1;
    } else {
      priorities.push(message.priority, 1);
    }
    if (message.deliveries !== 1) deliveries.push(offset, message.deliveries);
    if (message.key !== null) keys.push(offset, message.key);
  }
  return [sequences, priorities, deliveries, keys];
}

/** The inverse of {@link packHandedOut}. @throws MalformedValue */
export function readHandedOutColumns(value: unknown): readonly HandedOut[] {
  const [sequences, priorities, deliveries, keys] = list(value, 'messages', 4);
  const differences = list(sequences, 'sequences', RECEIPTS_MAX);
  const priorityAt = spread(list(priorities, 'priorities', 2 * RECEIPTS_MAX), differences.length);
  const deliveriesAt = new Map<number, number>();
  for (const [offset, count] of pairs(list(deliveries, 'deliveries', 2 * RECEIPTS_MAX))) {
    deliveriesAt.set(offset, integer(count, 'deliveries', WHOLE));
  }
  const keyAt = new Map<number, string>();
  for (const [offset, key] of pairs(list(keys, 'keys', 2 * RECEIPTS_MAX))) {
    keyAt.set(offset, text(key, 'a key', NAME_BYTES_MAX));
  }
  let previous = 0;
  return differences.map((difference, offset) => {
    const sequence = previous + integer(difference, 'a sequence', DIFFERENCE);
    previous = integer(sequence, 'a sequence', WHOLE);
    return {
      sequence,
      priority: priorityAt[offset] ?? 0,
      key: keyAt.get(offset) ?? null,
      deliveries: deliveriesAt.get(offset) ?? 1,
    };
  });
}

/** [value, count, value, count, …] as a list of `length` values. */
function spread(runs: readonly unknown[], length: number): readonly number[] {
  const values: number[] = [];
  for (let at = 0; at < runs.length; at += 2) {
    const value = integer(runs[at], 'a priority', PRIORITY);
    for (let left = integer(runs[at + 1], 'a count', COUNT); left > 0; left -= 1) {
      values.push(value);
    }
  }
  if (values.length !== length) throw new MalformedValue('priorities', `of ${length} messages`);
  return values;
}

function* pairs(values: readonly unknown[]): Generator<readonly [offset: number, value: unknown]> {
  for (let at = 0; at < values.length; at += 2) {
    yield [integer(values[at], 'an offset', WHOLE), values[at + 1]];
  }
}
