import type { LockEffect, ReleasedEffect } from '../../commands/lock-effect.js';
import type { Change } from '../change.js';
import type { Hold } from '../state/hold.js';
import type { Lock } from '../state/lock.js';
import type { Party } from '../state/party.js';
import { removeWaiter } from './end-waiter.js';

/** Why a hold ends. */
export type HoldEnd = 'expired' | 'broken' | ReleasedEffect['reason'];

/** Ends a hold, living or marked; the first waiters of its lock may be next. */
export function endHold(change: Change, hold: Hold, end: HoldEnd): void {
  const { memory, records } = change;
  const { lock, party, dead, broken } = hold;
  hold.holds = 0;
  change.effects.push(endEffect(hold, broken ? 'broken' : end));
  if (end === 'expired' && !broken && hold.lockDelayMs > 0) rest(change, lock, hold.lockDelayMs);
  records.removeHold(hold.id);
  memory.removeHold(hold);
  // What a mark took was lost then; the party may have the lock again by now.
  if (!dead) loseCover(change, lock, party);
  if (!broken) change.touch(lock);
}

/** One of the holds that a grant counted is given back. */
export function takeBack(change: Change, hold: Hold, reason: ReleasedEffect['reason']): void {
  if (hold.holds === 1) {
    endHold(change, hold, reason);
    return;
  }
  // Whose grant was given back is not known, so none is forgotten: one that nobody has claimed yet may
  // be cancelled later. One that was claimed and given back is cancelled by nobody.
  hold.holds -= 1;
  change.records.putHold(hold);
  change.effects.push(endEffect(hold, reason));
}

/** Gives back what the grant of the waiter added to the hold. */
export function takeBackGrant(
  change: Change,
  hold: Hold,
  waiterId: number,
  reason: ReleasedEffect['reason'],
): void {
  hold.waiters = hold.waiters.filter((waiter) => waiter.waiterId !== waiterId);
  change.memory.forgetGrant(waiterId, hold);
  takeBack(change, hold, reason);
}

/**
 * What the party waits for at the lock, now that it holds it no more: an upgrade has nothing left
 * to upgrade; the other places wait for others from now on.
 */
export function loseCover(change: Change, lock: Lock, party: Party): void {
  const own = lock.placesOf(party);
  if (own.length === 0) return;
  const upgrades = new Set(own.filter(({ upgrade }) => upgrade).map(({ waiter }) => waiter));
  lock.refreshPlaces(party);
  for (const waiter of upgrades) removeWaiter(change, waiter, { result: { status: 'not-holder' } });
  if (lock.placesOf(party).length > 0) change.unsure.add(party);
}

/** Ends the rest of a lock. */
export function endRest(change: Change, lock: Lock): void {
  change.records.removeDelay(lock.name);
  change.memory.endDelay(lock);
  change.effects.push({ kind: 'delay-ended', name: lock.name });
  change.touch(lock);
}

/**
 * Begins the rest of a lock whose holder failed. One that rests already begins anew, with the
 * longer length: how much of it has passed only the leader's memory knows.
 */
function rest(change: Change, lock: Lock, delayMs: number): void {
  const before = lock.delay;
  const leaseIndex = change.context.index;
  const longer = Math.max(delayMs, before?.delayMs ?? 0);
  if (before?.leaseIndex === leaseIndex && before.delayMs === longer) return;
  const delay = { delayMs: longer, leaseIndex };
  change.memory.setDelay(lock, delay);
  change.records.putDelay(lock.name, delay);
  change.effects.push({ kind: 'delay-started', name: lock.name, ...delay });
}

function endEffect(hold: Hold, end: HoldEnd): LockEffect {
  const { name, mode, sessionId, owner, id: holdId, token, holds } = hold;
  const on = { name, mode, sessionId, owner, holdId, token, holds };
  if (end === 'expired' || end === 'broken') return { kind: end, ...on };
  return { kind: 'released', ...on, reason: end };
}
