import { invariant } from '@sinkron/invariant';
import type { GroupState } from '../state/group-state.js';
import { Endings, PASSED_VISIBILITY } from './endings.js';

/**
 * Visibilities that have passed are failures, back-offs that have ended make messages ready: the
 * earliest first, at most `budget` messages. @returns how many.
 */
export function expire(group: GroupState, logTimeMs: number, budget: number): number {
  const { nextDueMs } = group.record;
  if (nextDueMs === null || nextDueMs > logTimeMs) return 0;
  const expired = expireDeliveries(group, logTimeMs, budget);
  return expired + matureWaiting(group, logTimeMs, budget - expired);
}

function expireDeliveries(group: GroupState, logTimeMs: number, budget: number): number {
  let count = 0;
  while (count < budget && group.record.inFlight > 0) {
    const delivery = group.memory.earliest;
    if (delivery === undefined || delivery.dueMs > logTimeMs) break;
    const endings = new Endings(group, logTimeMs);
    for (const entry of delivery.entries) {
      if (count >= budget) break;
      if (entry.visibleAtMs > logTimeMs) continue;
      endings.fail(entry, PASSED_VISIBILITY);
      count += 1;
    }
    endings.finish();
  }
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
