import type { AbandonCommand, CancelCommand } from '../../commands/lock-command.js';
import type { Abandoned, CancelResult } from '../../commands/lock-result.js';
import type { Change } from '../change.js';
import { takeBackGrant } from '../ending/end-hold.js';
import { detach, removeWaiter } from '../ending/end-waiter.js';
import { finish } from '../granting/pump.js';
import type { Transition } from '../ports.js';
import type { GrantedWaiter, Hold } from '../state/hold.js';
import { renewAll } from './release.js';

/**
 * Ends a wait for one of the proposers that attend it; the last one takes the waiter out of its
 * queues. One that was granted first keeps its grant, or gives it back.
 */
export function cancel(change: Change, command: CancelCommand): Transition<CancelResult> {
  const { memory, records, context } = change;
  const { waiterId } = command;
  const { proposer } = context;
  const waiter = memory.waiters.get(waiterId);
  if (waiter === undefined) return cancelGranted(change, command);
  if (proposer === null || !waiter.proposers.includes(proposer)) return gone(change);
  if (detach(change, waiter, proposer)) records.putWaiter(waiter);
  else removeWaiter(change, waiter);
  finish(change);
  return change.transition({ status: 'cancelled' }, false);
}

/**
 * Releases grants that nobody will claim. In another term than the one they were granted in their
 * holders may have been told of them, so there it does nothing.
 */
export function abandon(change: Change, command: AbandonCommand): Transition<Abandoned> {
  let released = 0;
  const left: number[] = [];
  if (command.term === change.context.term) {
    for (const waiterId of command.waiters) {
      const grants = change.memory.grantsOf(waiterId);
      if (grants.length === 0) continue;
      if (grants.some((hold) => madeBy(hold, waiterId)?.remembered)) continue;
      if (records(grants) > change.room) {
        left.push(waiterId);
        continue;
      }
      for (const hold of grants) takeBackGrant(change, hold, waiterId, 'abandoned');
      released += 1;
    }
    finish(change);
    if (left.length > 0) change.effects.push({ kind: 'unabandoned', waiters: left });
  }
  return change.transition({ status: 'abandoned', released }, false);
}

function cancelGranted(
  change: Change,
  { waiterId, release }: CancelCommand,
): Transition<CancelResult> {
  const grants = change.memory.grantsOf(waiterId);
  const [first] = grants;
  const made = first === undefined ? undefined : madeBy(first, waiterId);
  const { proposer } = change.context;
  if (made === undefined || proposer === null || !made.proposers.includes(proposer)) {
    return gone(change);
  }
  if (!release || made.remembered) {
    // Its holder learns of the grant only now, as with a claim: from here it has the whole lease.
    renewAll(change, grants, null);
    change.effects.push({ kind: 'claimed', waiterId });
    const locks = grants.map(({ grant }) => grant);
    return change.transition({ status: 'granted', locks }, false);
  }
  for (const hold of grants) takeBackGrant(change, hold, waiterId, 'cancelled');
  finish(change);
  return change.transition({ status: 'released' }, false);
}

function madeBy(hold: Hold, waiterId: number): GrantedWaiter | undefined {
  return hold.waiters.find((waiter) => waiter.waiterId === waiterId);
}

/** The records that the end of these holds touches, with the upgrades that end with them. */
function records(holds: readonly Hold[]): number {
  let count = holds.length;
  for (const { lock, party } of holds) count += lock.placesOf(party).length;
  return count;
}

function gone(change: Change): Transition<CancelResult> {
  return change.transition({ status: 'gone' }, false);
}
