import {
  acknowledgements,
  byMessage,
  deliveriesOf,
  described,
  type Delivery,
} from './deliveries.js';
import type { QueueHistory } from './queue-operation.js';

/** A message with a key, and when a group can have been done with it at the earliest. */
interface Keyed {
  readonly sequence: number;
  readonly value: string;
  readonly first: Delivery | undefined;
  /** Infinity: never, as far as anybody knows. */
  readonly doneAt: number;
}

/**
 * Messages of a key that came before one that was not yet done with in the group.
 *
 * Ids end in the number of the message in its topic, which gives the order of publishes; messages with
 * a delay have another place. A group that was set back is not looked at.
 */
export function keyOrderViolations(history: QueueHistory): readonly string[] {
  const deliveries = deliveriesOf(history);
  const delayed = delayedValues(history);
  const reset = history.operations.filter(({ kind, outcome }) => {
    return kind === 'reset' && outcome !== 'refused';
  });
  const violations: string[] = [];
  for (const { topic, groups, deadLetters } of history.end) {
    if (reset.some((call) => call.topic === topic)) continue;
    const dead = new Set(deadLetters);
    for (const group of groups) {
      const own = deliveries.filter((delivery) => {
        return delivery.topic === topic && delivery.group === group;
      });
      for (const messages of keysOf(history, topic, own, delayed, dead)) {
        violations.push(...outOfOrder(messages));
      }
    }
  }
  return violations;
}

function outOfOrder(messages: readonly Keyed[]): readonly string[] {
  const violations: string[] = [];
  // The one that was done with last, of those before.
  let latest: Keyed | undefined;
  for (const message of messages) {
    const { first, doneAt } = message;
    if (first !== undefined && latest !== undefined && first.receive.until < latest.doneAt) {
      const known = Number.isFinite(latest.doneAt) ? `at ${latest.doneAt.toFixed(0)} ms` : 'never';
      const before = `"${latest.value}" of its key is before it and was done with ${known}`;
      violations.push(`${described(first)}: ${before}`);
    }
    if (latest === undefined || doneAt > latest.doneAt) latest = message;
  }
  return violations;
}

/** The messages of each key by their order, those that are certainly in the topic. */
function keysOf(
  { operations }: QueueHistory,
  topic: string,
  deliveries: readonly Delivery[],
  delayed: ReadonlySet<string>,
  dead: ReadonlySet<string>,
): readonly (readonly Keyed[])[] {
  const places = new Map<string, { readonly key: string; readonly value: string }>();
  for (const { id, key, value } of deliveries) if (key !== null) places.set(id, { key, value });
  for (const call of operations) {
    if (call.kind !== 'publish' || call.topic !== topic || call.outcome !== 'done') continue;
    for (const { id, key, value } of call.messages) {
      if (key !== null && id !== null) places.set(id, { key, value });
    }
  }
  const deliveriesById = new Map(byMessage(deliveries).map((same) => [same[0]?.id, same]));
  const keys = new Map<string, Keyed[]>();
  for (const [id, { key, value }] of places) {
    // When a dead letter was made nobody knows.
    if (delayed.has(value) || dead.has(value)) continue;
    const own = deliveriesById.get(id) ?? [];
    const acks = own.flatMap(acknowledgements).map(({ call }) => call.from);
    const doneAt = Math.min(...acks, Infinity);
    const known = keys.get(key) ?? [];
    keys.set(key, [...known, { sequence: sequenceOf(id), value, first: own[0], doneAt }]);
  }
  return [...keys.values()].map((messages) => {
    return messages.sort((one, other) => one.sequence - other.sequence);
  });
}

function delayedValues({ operations }: QueueHistory): ReadonlySet<string> {
  return new Set(
    operations.flatMap((call) => {
      if (call.kind !== 'publish') return [];
      return call.messages.flatMap(({ value, delayed }) => (delayed ? [value] : []));
    }),
  );
}

function sequenceOf(id: string): number {
  return parseInt(id.slice(id.indexOf('-') + 1), 36);
}
