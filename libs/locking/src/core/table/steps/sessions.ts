import type { CreateSessionCommand, EndSessionCommand } from '../../commands/lock-command.js';
import type { CreateSessionResult, EndSessionResult } from '../../commands/lock-result.js';
import { SESSIONS_MAX } from '../../limits.js';
import type { Change } from '../change.js';
import { endSession } from '../ending/end-session.js';
import { finish } from '../granting/pump.js';
import type { Transition } from '../ports.js';
import { Session } from '../state/session.js';

/** Ended sessions count, and keep their ids, until they are swept. */
export function createSession(
  change: Change,
  { sessionId, ttlMs, lockDelayMs, name }: CreateSessionCommand,
): Transition<CreateSessionResult> {
  const { memory, records, context } = change;
  if (memory.sessions.has(sessionId)) return change.transition({ status: 'exists' }, false);
  if (memory.sessions.size >= SESSIONS_MAX) return change.transition({ status: 'full' }, false);
  const leaseIndex = context.index;
  const expiresAtMs = change.nowMs + ttlMs;
  const lease = { leaseIndex, expiresAtMs };
  const session = new Session(sessionId, ttlMs, lockDelayMs, name, lease);
  memory.addSession(session);
  records.putSession(session);
  change.effects.push({ kind: 'session-created', sessionId, ttlMs, leaseIndex });
  return change.transition({ status: 'created', ttlMs, expiresAtMs }, true);
}

/** Releases all that the session holds, without a lock-delay, and takes it out of its queues. */
export function deleteSession(
  change: Change,
  { sessionId }: EndSessionCommand,
): Transition<EndSessionResult> {
  const session = change.memory.sessions.get(sessionId);
  if (session === undefined || session.ended !== null) {
    return change.transition({ status: 'session-not-found' }, true);
  }
  endSession(change, session, 'deleted', change.room);
  finish(change);
  return change.transition({ status: 'ended' }, true);
}
