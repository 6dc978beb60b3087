import { ENDS_PER_COMMAND_MAX } from '../../limits.js';
import type { Change } from '../change.js';
import { leaveToSweep } from '../granting/pump.js';
import type { Lock } from '../state/lock.js';
import type { Session, SessionEnd } from '../state/session.js';
import { endHold } from './end-hold.js';
import { forgetWaiter, removeWaiter, sweepWaiter } from './end-waiter.js';

/**
 * Ends a session with all that it holds and waits for: at once when that is little, else by a mark
 * that everybody obeys from here on, and sweeps.
 *
 * @param room records that this end may write or remove.
 */
export function endSession(
  change: Change,
  session: Session,
  reason: SessionEnd['reason'],
  room: number,
): void {
  change.effects.push({ kind: 'session-ended', sessionId: session.id, reason });
  const ends = session.holds.size + session.waiters.size;
  const records = 2 * session.holds.size + session.waiters.size + 1;
  if (ends > ENDS_PER_COMMAND_MAX || records > room) {
    mark(change, session, reason);
    return;
  }
  for (const waiter of session.waiters) {
    if (change.memory.waiters.has(waiter.id)) removeWaiter(change, waiter);
    else sweepWaiter(change, waiter);
  }
  for (const hold of session.holds) endHold(change, hold, holdEnd(reason));
  removeSession(change, session);
}

/** The next part of an ended session's remains. @returns whether nothing is left of it. */
export function sweepSession(change: Change, session: Session, afterEach: () => void): boolean {
  for (const waiter of session.waiters) {
    if (change.room < 1) return false;
    sweepWaiter(change, waiter);
  }
  for (const hold of session.holds) {
    // The record of the hold and that of the rest which its end may begin.
    if (change.room < 2) return false;
    endHold(change, hold, holdEnd(session.ended?.reason ?? 'deleted'));
    afterEach();
  }
  if (change.room < 1) return false;
  removeSession(change, session);
  return true;
}

function mark(change: Change, session: Session, reason: SessionEnd['reason']): void {
  const { memory, records, context } = change;
  session.ended = { index: context.index, reason };
  records.putSession(session);
  memory.markEnded(session);
  const left = new Set<Lock>();
  for (const waiter of session.waiters) {
    if (!memory.waiters.has(waiter.id)) continue;
    for (const lock of forgetWaiter(change, waiter)) left.add(lock);
  }
  for (const lock of left) leaveToSweep(memory, lock);
}

function removeSession(change: Change, session: Session): void {
  change.records.removeSession(session.id);
  change.memory.removeSession(session);
}

function holdEnd(reason: SessionEnd['reason']): 'expired' | 'session' {
  return reason === 'expired' ? 'expired' : 'session';
}
