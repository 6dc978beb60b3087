import { unreachable } from '@sinkron/invariant';
import type { DueLease, ExpireCommand } from '../../commands/lock-command.js';
import type { Expired } from '../../commands/lock-result.js';
import type { Change } from '../change.js';
import { endHold, endRest } from '../ending/end-hold.js';
import { endSession } from '../ending/end-session.js';
import { finish } from '../granting/pump.js';
import type { Transition } from '../ports.js';
import { renewedEffect, renewHold } from './release.js';

/**
 * Ends the leases that are still the ones the leader found due.
 *
 * An expiry of another term is void: a new leader gave every lease its full length again. One that
 * was overtaken in the log, by a re-entrant acquire or a renewal with another length, is void for
 * that lease: its holder was answered after the leader had found it due.
 */
export function expire(change: Change, command: ExpireCommand): Transition<Expired> {
  let ended = 0;
  if (command.term === change.context.term) {
    let left = command.leases.length;
    for (const due of command.leases) {
      left -= 1;
      // Each lease still to come can be answered with one record.
      if (expireLease(change, due, change.room - left)) ended += 1;
    }
    finish(change);
  }
  return change.transition({ status: 'expired', ended }, false);
}

/** @returns whether the lease ended. */
function expireLease(change: Change, due: DueLease, room: number): boolean {
  const { memory } = change;
  switch (due.kind) {
    case 'hold': {
      const hold = memory.holds.get(due.holdId);
      if (hold === undefined || hold.dead || hold.sessionId !== null) return false;
      if (hold.ownLeaseIndex !== due.leaseIndex) return false;
      // The hold, the rest that may begin, and what its party waits for at the lock.
      if (2 + hold.lock.placesOf(hold.party).length > room) {
        // Only hundreds of waiting upgrades that fail at once come here: longer is always safe.
        renewHold(change, hold, hold.ownTtlMs);
        change.effects.push(renewedEffect(hold));
        return false;
      }
      endHold(change, hold, 'expired');
      return true;
    }
    case 'session': {
      const session = memory.sessions.get(due.sessionId);
      if (session === undefined || session.ended !== null) return false;
      if (session.leaseIndex !== due.leaseIndex) return false;
      endSession(change, session, 'expired', room);
      return true;
    }
    case 'delay': {
      const lock = memory.locks.get(due.name);
      if (lock?.delay?.leaseIndex !== due.leaseIndex) return false;
      endRest(change, lock);
      return true;
    }
    default:
      return unreachable(due);
  }
}
