import { CYCLES_PER_COMMAND_MAX } from '../../limits.js';
import type { Change } from '../change.js';
import { removeWaiter } from '../ending/end-waiter.js';
import type { Lock } from '../state/lock.js';
import type { LockMemory } from '../state/lock-memory.js';
import type { Waiter } from '../state/waiter.js';
import { isGrantable } from './clearance.js';
import { grantWaiter } from './grant.js';
import { grantableWaiters } from './grantable-waiters.js';

/**
 * Does all that a change calls for: grants to the waiters that can have their locks now, and the
 * search of those that wait for others than before. What is too much for one command is left to
 * the sweeps.
 */
export function finish(change: Change): void {
  let removalsLeft = CYCLES_PER_COMMAND_MAX;
  for (;;) {
    grantCandidates(change);
    const [lock] = change.touched;
    if (lock !== undefined) {
      change.touched.delete(lock);
      pump(change, lock, { covered: false });
      continue;
    }
    const [party] = change.unsure;
    if (party === undefined) return;
    change.unsure.delete(party);
    for (; removalsLeft > 0; removalsLeft -= 1) {
      const edge = change.search.find(party)?.[0];
      if (edge === undefined) break;
      // The request is not answered DEADLOCK here: its node finds it gone, asks again, and is told.
      removeWaiter(change, edge.place.waiter);
    }
  }
}

/** Grants at one lock, and what follows at others, as far as this command goes. */
export function pump(change: Change, lock: Lock, scope: { readonly covered: boolean }): void {
  const { memory } = change;
  if (!change.exhausted) {
    // All before any: a grant must not put the upgrade that it makes possible before those who were
    // to be granted together with it. So what it makes grantable comes after them, too.
    const waiters = [...grantableWaiters(memory, lock, scope)];
    for (const waiter of waiters) {
      if (!isWaiting(change, waiter)) continue;
      if (!tryGrant(change, waiter)) break;
    }
  }
  if (change.exhausted) leaveToSweep(memory, lock);
}

/** Notes every lock at which a sweep would grant one of those who can be granted here. */
export function leaveToSweep(memory: LockMemory, lock: Lock): void {
  for (const waiter of grantableWaiters(memory, lock, { covered: true })) leave(memory, waiter);
}

function leave(memory: LockMemory, waiter: Waiter): void {
  for (const { lock } of waiter.places) memory.addPending(lock.name);
}

function grantCandidates(change: Change): void {
  for (;;) {
    const waiter = change.candidates.shift();
    if (waiter === undefined) return;
    if (!isWaiting(change, waiter)) continue;
    if (isGrantable(change.memory, waiter)) tryGrant(change, waiter);
  }
}

function isWaiting({ memory }: Change, waiter: Waiter): boolean {
  return memory.waiters.get(waiter.id) === waiter;
}

function tryGrant(change: Change, waiter: Waiter): boolean {
  const answers = waiter.terms.idempotency === null ? 0 : 1;
  const records = 1 + waiter.places.length + answers;
  if (change.exhausted || records > change.room) {
    change.exhausted = true;
    leave(change.memory, waiter);
    return false;
  }
  grantWaiter(change, waiter);
  return true;
}
