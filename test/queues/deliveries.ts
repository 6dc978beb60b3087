import type {
  QueueHistory,
  QueueOperation,
  ReceiveCall,
  ResetCall,
  SettleCall,
} from './queue-operation.js';

/** One message as a consumer got it, and what was done with its receipt. */
export interface Delivery {
  readonly topic: string;
  readonly group: string;
  readonly id: string;
  readonly value: string;
  readonly key: string | null;
  readonly deliveries: number;
  readonly receipt: string;
  readonly receive: ReceiveCall;
  /** Calls that named its receipt, but for those that certainly did nothing to it. */
  readonly settlements: readonly Settlement[];
}

export interface Settlement {
  readonly call: SettleCall;
  /** Null: nobody knows whether it did something. */
  readonly acted: boolean | null;
}

/** All deliveries, by when they were answered. */
export function deliveriesOf({ operations }: QueueHistory): readonly Delivery[] {
  const settlements = new Map<string, Settlement[]>();
  for (const call of operations) {
    if (call.kind === 'publish' || call.kind === 'receive' || call.kind === 'reset') continue;
    if (call.outcome === 'refused') continue;
    for (const { receipt, acted } of call.receipts) {
      if (acted === false) continue;
      const known = settlements.get(receipt) ?? [];
      settlements.set(receipt, [...known, { call, acted: call.outcome === 'done' ? acted : null }]);
    }
  }
  const receives = operations.flatMap((call) => (call.kind === 'receive' ? [call] : []));
  return receives
    .flatMap((receive) => {
      const { topic, group, messages } = receive;
      return messages.map((message) => ({
        ...message,
        topic,
        group,
        receive,
        settlements: settlements.get(message.receipt) ?? [],
      }));
    })
    .sort((one, other) => one.receive.until - other.receive.until);
}

/** Deliveries of one message in one group. */
export function byMessage(deliveries: readonly Delivery[]): readonly (readonly Delivery[])[] {
  const groups = new Map<string, Delivery[]>();
  for (const delivery of deliveries) {
    const name = JSON.stringify([delivery.topic, delivery.group, delivery.id]);
    const known = groups.get(name);
    if (known === undefined) groups.set(name, [delivery]);
    else known.push(delivery);
  }
  return [...groups.values()];
}

export function acknowledgements({ settlements }: Delivery): readonly Settlement[] {
  return settlements.filter(({ call }) => call.kind === 'ack');
}

/** A call that may have happened and lets any message come again, or go. */
export function isAnyReset(call: QueueOperation): call is ResetCall {
  return call.kind === 'reset' && call.outcome !== 'refused' && call.moves !== 'dead-letters';
}

/** Whether something between the two moments may let the group see a message anew. */
export function isReset(
  { operations }: QueueHistory,
  { topic, group }: Delivery,
  from: number,
  until: number,
): boolean {
  return operations.some((call) => {
    if (!isAnyReset(call) || call.topic !== topic) return false;
    if (call.group !== null && call.group !== group) return false;
    // One of unknown outcome may happen at any time.
    return call.from <= until && (call.outcome === 'unknown' || call.until >= from);
  });
}

export function described(delivery: Delivery): string {
  const { topic, group, id, value, deliveries, receive } = delivery;
  const when = `${receive.from.toFixed(0)} to ${receive.until.toFixed(0)} ms`;
  return `${topic}/${group}: ${id} "${value}", delivery ${deliveries}, received ${when}`;
}
