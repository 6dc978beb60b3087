import { invariant } from '@sinkron/invariant';
import type { GroupState } from '../state/group-state.js';
import { Endings, PASSED_VISIBILITY } from './endings.js';

/**
 * Visibilities that have passed are failures, back-offs that have ended make messages ready: the
 * earliest first, at most `budget` messages, and no more once a dead letter has to wait for another
 * command. @returns how many.
 */
export function expire(group: GroupState, logTimeMs: number, budget: number): number {
  const { nextDueMs } = group.record;
  if (nextDueMs === null || nextDueMs > logTimeMs) return 0;
  const expired = expireDeliveries(group, logTimeMs, budget);
  return expired + matureWaiting(group, logTimeMs, budget - expired);
}

/** In the order of their times; at the same time by delivery, and then as they were published. */
function expireDeliveries(group: GroupState, logTimeMs: number, budget: number): number {
  if (group.record.inFlight === 0) return 0;
  const endings = new Endings(group, logTimeMs);
  let count = 0;
  let isStopped = false;
  while (count < budget && !isStopped) {
    const delivery = group.memory.earliest;
    if (delivery === undefined || delivery.dueMs > logTimeMs) break;
    const due = delivery.entries
      .filter(({ inFlight, visibleAtMs }) => inFlight && visibleAtMs === delivery.dueMs)
      .sort((one, other) => one.sequence - other.sequence)
      .slice(0, budget - count);
    for (const entry of due) {
      isStopped = !endings.fail(entry, entry.nacked ?? PASSED_VISIBILITY);
      if (isStopped) break;
      count += 1;
    }
    group.memory.reschedule(delivery);
  }
  endings.finish();
  return count;
}

function matureWaiting(group: GroupState, logTimeMs: number, budget: number): number {
  if (group.record.waiting === 0 || budget === 0) return 0;
  const endings = new Endings(group, logTimeMs);
  let count = 0;
  for (const [availableAtMs, sequence] of group.tables.waitingTimes()) {
    if (availableAtMs > logTimeMs || count >= budget) break;
    const waiting = group.tables.waitingAt(sequence);
    invariant(waiting?.availableAtMs === availableAtMs, 'expire: who has a time waits', {
      sequence,
    });
    endings.mature(sequence, waiting);
    count += 1;
  }
  endings.finish();
  return count;
}
