import type { Malformed } from '@sinkron/fields';
import type { WantedLock } from '../../commands/holder.js';
import type { AcquireCommand } from '../../commands/lock-command.js';
import type { AcquireResult, Held, Obstacle } from '../../commands/lock-result.js';
import { LOCKS_MAX, OBSTACLES_MAX, PROPOSERS_PER_WAITER_MAX } from '../../limits.js';
import type { Change } from '../change.js';
import { isClearAtOnce } from '../granting/clearance.js';
import { grantLocks } from '../granting/grant.js';
import { finish } from '../granting/pump.js';
import type { IdempotentRequest, Transition } from '../ports.js';
import type { Lock } from '../state/lock.js';
import type { Party } from '../state/party.js';
import type { Session } from '../state/session.js';
import { Queueing } from './queueing/queueing.js';
import { renewSession } from './release.js';

type Answer = Transition<AcquireResult | Malformed>;

/**
 * Takes all the locks or none. A lock that the holder has already is had at once, before all
 * queues: behind them it would wait for who waits for it. A request that must wait queues for all
 * its locks and holds nothing new meanwhile.
 */
export function acquire(change: Change, command: AcquireCommand): Answer {
  const { memory, context } = change;
  if (context.idempotency !== null) {
    const joined = joinWaiter(change, context.idempotency);
    if (joined !== null) return joined;
  }
  let session: Session | null = null;
  if (command.sessionId !== null) {
    session = memory.sessions.get(command.sessionId) ?? null;
    if (session === null || session.ended !== null) {
      return change.transition({ status: 'session-not-found' }, true);
    }
  }
  const party = memory.partyFor(command.owner, session);
  const answer = acquireFor(change, command, party);
  memory.dropPartyIfIdle(party);
  return answer;
}

function acquireFor(change: Change, command: AcquireCommand, party: Party): Answer {
  const { memory } = change;
  let inQueue = false;
  let blocked: WantedLock | undefined;
  for (const wanted of command.locks) {
    const clear = isClearAtOnce(memory, memory.locks.get(wanted.name), party, wanted.mode);
    if (clear === undefined) inQueue = true;
    if (clear === false) blocked ??= wanted;
  }
  if (!inQueue && blocked === undefined) return granted(change, command, party);
  if (!inQueue && blocked !== undefined && !command.wait) return held(change, party, blocked);
  const queueing = new Queueing(change, command, party);
  const refused = queueing.firstBlocked();
  if (refused === undefined) {
    queueing.undo();
    return granted(change, command, party);
  }
  if (!command.wait) {
    queueing.undo();
    return held(change, party, refused);
  }
  const result = queueing.wait();
  if (result === 'passed') return granted(change, command, party);
  return change.transition(result, result.status === 'deadlock');
}

/** A repeat of a request that waits attends the same waiter. */
function joinWaiter(change: Change, request: IdempotentRequest): Answer | null {
  const { memory, records, context } = change;
  const waiter = memory.scopes.get(request.scope);
  if (waiter === undefined) return null;
  if (waiter.terms.idempotency?.fingerprint !== request.fingerprint) {
    return change.transition({ status: 'key-reused' }, false);
  }
  const { proposer } = context;
  if (proposer !== null && !waiter.proposers.includes(proposer)) {
    if (waiter.proposers.length === PROPOSERS_PER_WAITER_MAX) {
      return change.transition({ status: 'full', what: 'waiters' }, false);
    }
    waiter.proposers = [...waiter.proposers, proposer];
    memory.proposers.attend(proposer, waiter);
    records.putWaiter(waiter);
  }
  const { id: waiterId, upgrade } = waiter;
  return change.transition({ status: 'queued', waiterId, upgrade }, false);
}

function granted(change: Change, command: AcquireCommand, party: Party): Answer {
  const { memory } = change;
  const added = command.locks.filter(
    ({ name }) => memory.locks.get(name)?.holders.has(party) !== true,
  );
  if (memory.holds.size + added.length > LOCKS_MAX) {
    finish(change);
    return change.transition({ status: 'full', what: 'locks' }, false);
  }
  // Its client lives; and an expiry of the session that is under way must not end what is told now.
  if (party.session !== null) renewSession(change, party.session);
  const locks = grantLocks(change, party, command.locks, command);
  finish(change);
  return change.transition({ status: 'granted', locks }, true);
}

function held(change: Change, party: Party, { name }: WantedLock): Answer {
  const { memory } = change;
  const lock = memory.locks.get(name);
  const result: Held = {
    status: 'held',
    name,
    holders: lock === undefined ? [] : obstacles(lock, party),
    queueLength: lock?.queueLength ?? 0,
    delayed: lock !== undefined && memory.isDelayed(lock),
  };
  return change.transition(result, false);
}

function obstacles(lock: Lock, party: Party): readonly Obstacle[] {
  const named: Obstacle[] = [];
  for (const { party: holder, sessionId, owner, mode, token, holds } of lock.liveHolds()) {
    if (holder === party) continue;
    if (named.length === OBSTACLES_MAX) break;
    named.push({ sessionId, owner, mode, token, holds });
  }
  return named;
}
