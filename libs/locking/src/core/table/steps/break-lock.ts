import type { BreakCommand } from '../../commands/lock-command.js';
import type { BreakResult } from '../../commands/lock-result.js';
import { ENDS_PER_COMMAND_MAX } from '../../limits.js';
import type { Change } from '../change.js';
import { endHold, endRest, loseCover } from '../ending/end-hold.js';
import { finish } from '../granting/pump.js';
import type { Transition } from '../ports.js';
import type { Lock } from '../state/lock.js';
import type { Party } from '../state/party.js';

/**
 * Takes a lock from all its holders at once and ends its rest: whoever breaks it knows better. Many
 * holders are marked, and sweeps follow.
 */
export function breakLock(change: Change, { name }: BreakCommand): Transition<BreakResult> {
  const { memory } = change;
  const lock = memory.locks.get(name);
  if (lock === undefined || !isHeld(change, lock)) {
    return change.transition({ status: 'free' }, true);
  }
  const parties = waitingHolders(lock);
  if (lock.holders.size <= ENDS_PER_COMMAND_MAX) {
    for (const hold of lock.holders.values()) endHold(change, hold, 'broken');
  } else {
    memory.breakLock(lock, memory.lastToken);
    change.records.putBreak(name, memory.lastToken);
    for (const party of parties) loseCover(change, lock, party);
  }
  if (lock.delay !== null) endRest(change, lock);
  change.touch(lock);
  finish(change);
  return change.transition({ status: 'broken' }, true);
}

/** Holders who wait for the lock as well: to upgrade, or with a multi-lock. */
function waitingHolders(lock: Lock): ReadonlySet<Party> {
  const parties = new Set<Party>();
  for (const { party } of lock.queue?.covered ?? []) parties.add(party);
  for (const { party, upgrade } of lock.queue ?? []) {
    if (!upgrade) break;
    parties.add(party);
  }
  return parties;
}

function isHeld({ memory }: Change, lock: Lock): boolean {
  return memory.isDelayed(lock) || lock.liveHolds().next().done !== true;
}
