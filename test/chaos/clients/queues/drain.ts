import { setTimeout as sleep } from 'node:timers/promises';
import {
  DRAIN_BATCH_MAX,
  DRAIN_DEADLINE_MS,
  DRAIN_DELIVERIES_MAX,
  REFUSED_PAUSE_MS,
  VISIBILITY_MS,
} from '../../limits.js';
import type { Caller } from '../calls/caller.js';
import { countsIn, isDrained } from './calls/group-counts.js';
import { ack, getGroup, receive, type GroupName } from './calls/queue-requests.js';
import { messagesIn, type ReceivedMessage } from './calls/received-message.js';

/** Receives and acknowledges all that a group has. @returns why it is not empty; null: it is. */
export async function drain(caller: Caller, name: GroupName): Promise<string | null> {
  const deadline = performance.now() + DRAIN_DEADLINE_MS;
  const deliveries = new Map<string, number>();
  let seen = 'nobody says what it has';
  while (performance.now() < deadline) {
    const messages = await receiveAndAcknowledge(caller, name);
    for (const { id, value } of messages) {
      const times = (deliveries.get(id) ?? 0) + 1;
      deliveries.set(id, times);
      if (times >= DRAIN_DELIVERIES_MAX) return `${id} "${value}" has come ${times} times`;
    }
    if (messages.length > 0) continue;
    const { outcome } = await caller.once(getGroup(name));
    if (outcome.kind === 'answered' && outcome.status === 200) {
      const counts = countsIn(outcome.body);
      if (isDrained(counts)) return null;
      seen = JSON.stringify(counts);
    }
    await sleep(REFUSED_PAUSE_MS);
  }
  return `${seen} after ${DRAIN_DEADLINE_MS} ms`;
}

async function receiveAndAcknowledge(
  caller: Caller,
  name: GroupName,
): Promise<readonly ReceivedMessage[]> {
  const terms = {
    consumer: caller.client,
    max: DRAIN_BATCH_MAX,
    waitMs: 0,
    visibilityMs: VISIBILITY_MS,
  };
  const messages = messagesIn(await caller.surely(receive(name, terms)));
  const receipts = messages.map(({ receipt }) => receipt);
  if (receipts.length > 0) await caller.surely(ack(name, receipts));
  return messages;
}
