import { ENDS_PER_CLOSE_MAX } from '../../limits.js';
import type { Change } from '../change.js';
import { leaveToSweep } from '../granting/pump.js';
import type { ClosedProposer } from '../state/closed-proposers.js';
import type { Lock } from '../state/lock.js';
import type { Waiter } from '../state/waiter.js';
import { detach, forgetWaiter, removeWaiter, sweepWaiter } from './end-waiter.js';

/**
 * Nobody at this proposer's node waits any more: its waiters leave unless another proposer attends
 * them too. At once when they are few, else they are marked, and sweeps follow.
 */
export function detachAll(change: Change, proposer: string): void {
  change.effects.push({ kind: 'proposer-closed', proposer });
  const waiters = change.memory.proposers.waitersOf(proposer);
  if (waiters.length > ENDS_PER_CLOSE_MAX) {
    mark(change, proposer, waiters);
    return;
  }
  for (const waiter of waiters) {
    if (detach(change, waiter, proposer)) change.records.putWaiter(waiter);
    else removeWaiter(change, waiter);
  }
}

/** The next part of what a closed proposer left. @returns whether nothing is left of it. */
export function sweepProposer(change: Change, closed: ClosedProposer): boolean {
  const { proposer, waiters } = closed;
  for (; closed.swept < waiters.length; closed.swept += 1) {
    const waiter = waiters[closed.swept];
    if (waiter?.recorded?.includes(proposer) !== true) continue;
    if (change.room < 1) return false;
    if (change.memory.waiters.has(waiter.id)) change.records.putWaiter(waiter);
    else sweepWaiter(change, waiter);
  }
  if (change.room < 1) return false;
  change.records.removeClosed(proposer);
  change.memory.proposers.removeFirst();
  return true;
}

function mark(change: Change, proposer: string, waiters: readonly Waiter[]): void {
  const { memory, records, context } = change;
  records.putClosed(proposer, context.index);
  memory.proposers.markClosed(proposer, context.index, waiters);
  const left = new Set<Lock>();
  for (const waiter of waiters) {
    if (detach(change, waiter, proposer)) continue;
    for (const lock of forgetWaiter(change, waiter)) left.add(lock);
  }
  for (const lock of left) leaveToSweep(memory, lock);
}
