import { deliveriesOf, described } from './deliveries.js';
import type { QueueHistory } from './queue-operation.js';

/** What was delivered, or stands in a topic, that nobody can have published there, or not like that. */
export function unexpectedMessages(history: QueueHistory): readonly string[] {
  const published = new Map<string, { from: number; key: string | null; id: string | null }>();
  for (const call of history.operations) {
    if (call.kind !== 'publish' || call.outcome === 'refused') continue;
    for (const { value, key, id } of call.messages) {
      published.set(JSON.stringify([call.topic, value]), { from: call.from, key, id });
    }
  }
  const unexpected: string[] = [];
  const ids = new Map<string, string>();
  // A dead letter that comes back is another message.
  const isRedriven = new Set(
    history.operations.flatMap((call) => {
      if (call.kind !== 'reset' || call.outcome === 'refused') return [];
      return call.moves === 'dead-letters' ? [call.topic] : [];
    }),
  );
  for (const delivery of deliveriesOf(history)) {
    const { topic, value, id, key, receive } = delivery;
    const source = published.get(JSON.stringify([topic, value]));
    if (source === undefined) unexpected.push(`${described(delivery)}: never published`);
    else if (source.from > receive.until) {
      unexpected.push(`${described(delivery)}: published later, at ${source.from.toFixed(0)} ms`);
    } else if (source.key !== key) {
      unexpected.push(`${described(delivery)}: with key ${key}, published with ${source.key}`);
    } else if (source.id !== null && source.id !== id && !isRedriven.has(topic)) {
      unexpected.push(`${described(delivery)}: its publish was answered with id ${source.id}`);
    }
    // A publish of unknown outcome happens once or never.
    const other = ids.get(JSON.stringify([topic, value]));
    if (other !== undefined && other !== id && !isRedriven.has(topic)) {
      unexpected.push(`${described(delivery)}: it was stored before, as ${other}`);
    }
    ids.set(JSON.stringify([topic, value]), id);
  }
  const left = history.end.flatMap(({ topic, values, deadLetters }) => {
    const strangers = [...values, ...deadLetters].filter((value) => {
      return !published.has(JSON.stringify([topic, value]));
    });
    return strangers.map((value) => `${topic}: "${value}" stands there, never published`);
  });
  return [...unexpected, ...left];
}
