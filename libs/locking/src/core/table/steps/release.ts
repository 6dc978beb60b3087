import type { ClaimedHold } from '../../commands/holder.js';
import type { ReleaseCommand, RenewCommand } from '../../commands/lock-command.js';
import type { NotHolder, ReleaseResult, RenewResult } from '../../commands/lock-result.js';
import type { Change } from '../change.js';
import { takeBack } from '../ending/end-hold.js';
import { finish } from '../granting/pump.js';
import type { Transition } from '../ports.js';
import type { Hold } from '../state/hold.js';
import type { LockMemory } from '../state/lock-memory.js';
import type { Session } from '../state/session.js';

/** The living hold that the owner proves by its token, the newest or the one before an upgrade. */
export function provenHold(
  memory: LockMemory,
  owner: string,
  { name, token }: ClaimedHold,
): Hold | undefined {
  const hold = memory.holdByToken(token);
  return hold?.owner === owner && hold.name === name ? hold : undefined;
}

/** Gives one hold of each lock back, all or none. */
export function release(change: Change, command: ReleaseCommand): Transition<ReleaseResult> {
  const holds = provenHolds(change, command);
  if (!Array.isArray(holds)) return change.transition(holds, true);
  const locks = holds.map(({ name, holds: count }) => ({ name, holds: count - 1 }));
  for (const hold of holds) takeBack(change, hold, 'released');
  finish(change);
  return change.transition({ status: 'released', locks }, true);
}

/** Begins the leases anew, all or none. In a session that is the session's lease. */
export function renew(change: Change, command: RenewCommand): Transition<RenewResult> {
  const holds = provenHolds(change, command);
  if (!Array.isArray(holds)) return change.transition(holds, true);
  renewAll(change, holds, command.ttlMs);
  const locks = holds.map(({ grant }) => grant);
  return change.transition({ status: 'renewed', locks }, true);
}

/**
 * Begins the leases that the holds live by anew, in the log: an expiry of theirs that is under way
 * becomes void.
 *
 * @param ttlMs another length for the holds' own leases; null leaves it.
 */
export function renewAll(change: Change, holds: readonly Hold[], ttlMs: number | null): void {
  const sessions = new Set<Session>();
  for (const hold of holds) {
    if (hold.party.session === null) renewHold(change, hold, ttlMs ?? hold.ownTtlMs);
    else sessions.add(hold.party.session);
  }
  for (const session of sessions) renewSession(change, session);
  for (const hold of holds) change.effects.push(renewedEffect(hold));
}

/** Begins the hold's own lease anew, in the log. */
export function renewHold(change: Change, hold: Hold, ttlMs: number): void {
  hold.ownTtlMs = ttlMs;
  hold.ownLeaseIndex = change.context.index;
  hold.ownExpiresAtMs = change.nowMs + ttlMs;
  change.records.putHold(hold);
}

export function renewedEffect(hold: Hold) {
  const { name, mode, sessionId, owner, id: holdId, token, holds, ttlMs, leaseIndex } = hold;
  const on = { name, mode, sessionId, owner, holdId, token, holds };
  return { kind: 'renewed', ...on, ttlMs, leaseIndex } as const;
}

/** Begins the session's lease anew, in the log. */
export function renewSession(change: Change, session: Session): void {
  session.leaseIndex = change.context.index;
  session.expiresAtMs = change.nowMs + session.ttlMs;
  change.records.putSession(session);
}

function provenHolds(
  { memory }: Change,
  { owner, locks }: ReleaseCommand | RenewCommand,
): Hold[] | NotHolder {
  const holds: Hold[] = [];
  for (const claimed of locks) {
    const hold = provenHold(memory, owner, claimed);
    if (hold === undefined) return { status: 'not-holder', ...claimed };
    holds.push(hold);
  }
  return holds;
}
