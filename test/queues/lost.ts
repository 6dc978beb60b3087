import { acknowledgements, deliveriesOf, isAnyReset } from './deliveries.js';
import type { PublishCall, QueueHistory } from './queue-operation.js';

/**
 * Messages whose publish was answered, which are gone although a group cannot have acknowledged
 * them: whether that group ever got them or not.
 */
export function lostMessages(history: QueueHistory): readonly string[] {
  const deliveries = deliveriesOf(history);
  const acknowledged = new Set<string>();
  const delivered = new Set<string>();
  for (const delivery of deliveries) {
    const name = nameOf(delivery.topic, delivery.group, delivery.value);
    delivered.add(name);
    if (acknowledgements(delivery).length > 0) acknowledged.add(name);
  }
  const isFree = new Set(
    history.operations.flatMap((call) => {
      return isAnyReset(call) ? [call.topic] : [];
    }),
  );
  return history.end.flatMap(({ topic, groups, values, deadLetters }) => {
    if (isFree.has(topic)) return [];
    const left = new Set([...values, ...deadLetters]);
    const lacking = valuesOf(history, topic).filter((value) => !left.has(value));
    return lacking.flatMap((value) => {
      const group = groups.find((name) => !acknowledged.has(nameOf(topic, name, value)));
      if (group === undefined) return [];
      const how = delivered.has(nameOf(topic, group, value)) ? 'delivered' : 'never delivered';
      return [`${topic}: "${value}" is gone, ${how} and not acknowledged in ${group}`];
    });
  });
}

/** Of publishes that were answered. A topic without a group keeps everything. */
function valuesOf({ operations }: QueueHistory, topic: string): readonly string[] {
  const publishes = operations.filter((call): call is PublishCall => {
    return call.kind === 'publish' && call.topic === topic && call.outcome === 'done';
  });
  return publishes.flatMap(({ messages }) => messages.map(({ value }) => value));
}

function nameOf(topic: string, group: string, value: string): string {
  return JSON.stringify([topic, group, value]);
}
