import type { UpgradeLost } from '../../commands/lock-result.js';
import type { Change } from '../change.js';
import type { Lock } from '../state/lock.js';
import type { Waiter } from '../state/waiter.js';

/** Takes a waiter out of its queues without a grant; those behind it may be next. */
export function removeWaiter(
  change: Change,
  waiter: Waiter,
  {
    result = null,
    tell = waiter.proposers,
  }: { result?: UpgradeLost | null; tell?: readonly string[] } = {},
): void {
  change.records.removeWaiter(waiter);
  for (const lock of forgetWaiter(change, waiter)) change.touch(lock);
  change.effects.push({ kind: 'left', waiterId: waiter.id, proposers: tell });
  if (result !== null && waiter.terms.idempotency !== null) {
    change.settled.push({ request: waiter.terms.idempotency, result });
  }
}

/** The waiter waits no more, but its record stays for a sweep. @returns the locks it waited for. */
export function forgetWaiter(change: Change, waiter: Waiter): readonly Lock[] {
  const { places, party } = waiter;
  change.memory.removeWaiter(waiter);
  const locks = places.map(({ lock }) => lock);
  // What was granted together with it waits by itself now.
  if (locks.some((lock) => lock.placesOf(party).length > 0)) change.unsure.add(party);
  return locks;
}

/** The sweep of a waiter that waits no more. */
export function sweepWaiter(change: Change, waiter: Waiter): void {
  const proposers = waiter.recorded ?? [];
  change.records.removeWaiter(waiter);
  change.effects.push({ kind: 'left', waiterId: waiter.id, proposers });
}

/** The proposer attends the waiter no more. @returns whether another one does. */
export function detach(change: Change, waiter: Waiter, proposer: string): boolean {
  waiter.proposers = waiter.proposers.filter((other) => other !== proposer);
  change.memory.proposers.unattend(proposer, waiter);
  return waiter.proposers.length > 0;
}
