import { setTimeout as sleep } from 'node:timers/promises';
import {
  DRAIN_BATCH_MAX,
  DRAIN_DEADLINE_MS,
  REFUSED_PAUSE_MS,
  VISIBILITY_MS,
} from '../../limits.js';
import type { Caller } from '../calls/caller.js';
import { countsIn, isDrained, type GroupCounts } from './calls/group-counts.js';
import { ack, getGroup, receive, type GroupName } from './calls/queue-requests.js';
import { messagesIn } from './calls/received-message.js';

/** Receives and acknowledges all that a group has. @returns what was left when it took too long. */
export async function drain(caller: Caller, name: GroupName): Promise<GroupCounts | null> {
  const deadline = performance.now() + DRAIN_DEADLINE_MS;
  const terms = {
    consumer: caller.client,
    max: DRAIN_BATCH_MAX,
    waitMs: 0,
    visibilityMs: VISIBILITY_MS,
  };
  let counts: GroupCounts = countsIn(null);
  while (performance.now() < deadline) {
    const receipts = messagesIn(await caller.surely(receive(name, terms))).map(
      ({ receipt }) => receipt,
    );
    if (receipts.length > 0) {
      await caller.surely(ack(name, receipts));
      continue;
    }
    const { outcome } = await caller.once(getGroup(name));
    if (outcome.kind === 'answered' && outcome.status === 200) {
      counts = countsIn(outcome.body);
      if (isDrained(counts)) return null;
    }
    await sleep(REFUSED_PAUSE_MS);
  }
  return counts;
}
