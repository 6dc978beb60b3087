import { MalformedValue } from '@sinkron/fields';
import { invariant } from '@sinkron/invariant';
import { Delivery, type Entry } from '../memory/delivery.js';
import type { NackTerms } from '../terms.js';
import { listOf, whole, wholeNumbers } from './group-record.js';

/**
 * What is on the disk of a delivery beside its id: what is in flight of it, in the order of its
 * hand-out. What most messages have in common is written once:
 * [consumer, time, sequences, priorities, attempts, keys, other times, nacks]
 * with nacks of [delay, reason, whether to a dead letter, offsets].
 */
export function packDelivery(delivery: Delivery): unknown {
  const sequences: number[] = [];
  const priorities: number[] = [];
  const attempts: number[] = [];
  const keys: (number | string)[] = [];
  const times: number[] = [];
  const nacks = new Map<NackTerms, number[]>();
  const first = delivery.entries[0];
  invariant(first !== undefined, 'packDelivery: something is in flight', { id: delivery.id });
  let previous = 0;
  for (const [offset, entry] of delivery.entries.entries()) {
    sequences.push(entry.sequence - previous);
    previous = entry.sequence;
    const last = priorities.length - 2;
    if (priorities[last] === entry.priority) priorities[last + 1] = (priorities[last + 1] ?? 0) + 1;
    else priorities.push(entry.priority, 1);
    if (entry.deliveries !== 1 || entry.failures !== 0) {
      attempts.push(offset, entry.deliveries, entry.failures);
    }
    if (entry.key !== null) keys.push(offset, entry.key);
    if (entry.visibleAtMs !== first.visibleAtMs) times.push(offset, entry.visibleAtMs);
    if (entry.nacked !== null) {
      const offsets = nacks.get(entry.nacked) ?? [];
      offsets.push(offset);
      nacks.set(entry.nacked, offsets);
    }
  }
  const { consumer } = delivery;
  const packedNacks = [...nacks].map(([{ delayMs, reason, deadLetter }, offsets]) => {
    return [delayMs, reason, deadLetter, offsets];
  });
  return [consumer, first.visibleAtMs, sequences, priorities, attempts, keys, times, packedNacks];
}

/** @throws MalformedValue when the record is not one that {@link packDelivery} made. */
export function unpackDelivery(id: number, value: unknown): Delivery {
  const [consumer, visibleAtMs, sequences, priorities, attempts, keys, times, nacks] = listOf(
    value,
    8,
  );
  if (consumer !== null && typeof consumer !== 'string') {
    throw new MalformedValue('consumer of a delivery', 'a string or null');
  }
  const priorityAt = spread(wholeNumbers(priorities));
  const keyAt = keysOf(keys);
  const attemptsAt = new Map<number, readonly [deliveries: number, failures: number]>();
  const attempted = wholeNumbers(attempts);
  for (let at = 0; at < attempted.length; at += 3) {
    attemptsAt.set(whole(attempted[at]), [whole(attempted[at + 1]), whole(attempted[at + 2])]);
  }
  const timeAt = new Map<number, number>();
  const timed = wholeNumbers(times);
  for (let at = 0; at < timed.length; at += 2) timeAt.set(whole(timed[at]), whole(timed[at + 1]));
  const nackedAt = nacksOf(nacks);
  if (!Array.isArray(sequences)) throw new MalformedValue('sequences of a delivery', 'a list');
  const delivery = new Delivery(id, consumer);
  let sequence = 0;
  for (const [offset, difference] of sequences.entries()) {
    sequence = whole(sequence + Number(difference));
    const [deliveries, failures] = attemptsAt.get(offset) ?? [1, 0];
    const entry: Entry = {
      sequence,
      priority: whole(priorityAt[offset]),
      key: keyAt.get(offset) ?? null,
      deliveries,
      failures,
      visibleAtMs: timeAt.get(offset) ?? whole(visibleAtMs),
      nacked: nackedAt.get(offset) ?? null,
      delivery,
      inFlight: true,
    };
    delivery.entries.push(entry);
  }
  delivery.setDue();
  return delivery;
}

/** [value, count, value, count, …] as a list of values. */
function spread(runs: readonly number[]): readonly number[] {
  const values: number[] = [];
  for (let at = 0; at < runs.length; at += 2) {
    const value = whole(runs[at]);
    for (let left = whole(runs[at + 1]); left > 0; left -= 1) values.push(value);
  }
  return values;
}

function keysOf(value: unknown): ReadonlyMap<number, string> {
  if (!Array.isArray(value)) throw new MalformedValue('keys of a delivery', 'a list');
  const keys = new Map<number, string>();
  for (let at = 0; at < value.length; at += 2) {
    const key: unknown = value[at + 1];
    if (typeof key !== 'string') throw new MalformedValue('key of a delivery', 'a string');
    keys.set(whole(value[at]), key);
  }
  return keys;
}

function nacksOf(value: unknown): ReadonlyMap<number, NackTerms> {
  if (!Array.isArray(value)) throw new MalformedValue('nacks of a delivery', 'a list');
  const nacks = new Map<number, NackTerms>();
  for (const nack of value) {
    const [delayMs, reason, deadLetter, offsets] = listOf(nack, 4);
    if (reason !== null && typeof reason !== 'string') {
      throw new MalformedValue('reason of a nack', 'a string or null');
    }
    const terms = {
      delayMs: delayMs === null ? null : whole(delayMs),
      reason,
      deadLetter: deadLetter === true,
    };
    for (const offset of wholeNumbers(offsets)) nacks.set(offset, terms);
  }
  return nacks;
}
