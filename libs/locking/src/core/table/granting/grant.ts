import { invariant } from '@sinkron/invariant';
import type { LockMode, WantedLock } from '../../commands/holder.js';
import type { Grant } from '../../commands/lock-result.js';
import { GRANTED_WAITERS_PER_HOLD_MAX } from '../../limits.js';
import type { Change } from '../change.js';
import { comparePlaces } from '../queue/place.js';
import { Hold } from '../state/hold.js';
import { covers } from '../state/modes.js';
import type { Party } from '../state/party.js';
import type { Waiter } from '../state/waiter.js';

/** The part of a request that a hold takes over. */
export interface HoldTerms {
  readonly ttlMs: number;
  readonly lockDelayMs: number;
  readonly metadata: string | null;
}

/** Gives the party all the locks. The caller has made sure that it can have them. */
export function grantLocks(
  change: Change,
  party: Party,
  locks: readonly WantedLock[],
  terms: HoldTerms,
  waiter: Waiter | null = null,
): readonly Grant[] {
  const grants = locks.map(({ name, mode }) => {
    const hold = grantLock(change, { party, name, mode }, terms, waiter);
    return hold.grant;
  });
  for (const { name } of locks) lookAround(change, party, name);
  return grants;
}

/**
 * Grants what the waiter waited for. It may take the holds above LOCKS_MAX, by WAITERS_MAX at most:
 * who has waited is not refused in the end.
 */
export function grantWaiter(change: Change, waiter: Waiter): void {
  const { memory, records } = change;
  const { locks, party, terms } = waiter;
  memory.removeWaiter(waiter);
  records.removeWaiter(waiter);
  const grants = grantLocks(change, party, locks, terms, waiter);
  if (terms.idempotency !== null) {
    const result = { status: 'granted', locks: grants } as const;
    change.settled.push({ request: terms.idempotency, result });
  }
  for (const { name } of locks) {
    const lock = memory.locks.get(name);
    if (lock !== undefined) change.touch(lock);
  }
}

function grantLock(
  change: Change,
  { party, name, mode }: { party: Party; name: string; mode: LockMode },
  terms: HoldTerms,
  waiter: Waiter | null,
): Hold {
  const { memory, records, context } = change;
  const lock = memory.lockFor(name);
  const held = lock.holders.get(party);
  const reentrant = held !== undefined && covers(held.mode, mode);
  const hold = held ?? new Hold(change.nextToken(), lock, memory.keep(party), mode);
  if (held !== undefined && !reentrant) {
    hold.token = change.nextToken();
    hold.mode = mode;
  }
  invariant(
    reentrant || (mode === 'shared' ? lock.exclusiveHold === null : !lock.hasOtherHolder(party)),
    'grantLock: a hold is compatible with the others',
    { name, mode, token: hold.token },
  );
  hold.holds += 1;
  hold.metadata = terms.metadata ?? hold.metadata;
  const lockDelayMs = Math.max(terms.lockDelayMs, party.session?.lockDelayMs ?? 0);
  hold.lockDelayMs = Math.max(hold.lockDelayMs, lockDelayMs);
  if (party.session === null) {
    hold.ownTtlMs = terms.ttlMs;
    hold.ownLeaseIndex = context.index;
    hold.ownExpiresAtMs = change.nowMs + terms.ttlMs;
  }
  if (held === undefined) memory.addHold(hold);
  else memory.noteToken(hold);
  if (waiter !== null) noteWaiter(change, hold, waiter);
  records.putHold(hold);
  change.effects.push({
    kind: 'granted',
    name,
    mode: hold.mode,
    sessionId: hold.sessionId,
    owner: hold.owner,
    holdId: hold.id,
    token: hold.token,
    holds: hold.holds,
    reentrant,
    ttlMs: hold.ttlMs,
    leaseIndex: hold.leaseIndex,
    waiterId: waiter?.id ?? null,
    proposers: waiter?.proposers ?? [],
    remembered: waiter !== null && waiter.terms.idempotency !== null,
  });
  return hold;
}

function noteWaiter({ memory }: Change, hold: Hold, waiter: Waiter): void {
  const { id: waiterId, proposers } = waiter;
  const remembered = waiter.terms.idempotency !== null;
  const waiters = [...hold.waiters, { waiterId, proposers, remembered }];
  for (const forgotten of waiters.slice(0, -GRANTED_WAITERS_PER_HOLD_MAX)) {
    memory.forgetGrant(forgotten.waiterId, hold);
  }
  hold.waiters = waiters.slice(-GRANTED_WAITERS_PER_HOLD_MAX);
  memory.noteGrant(waiterId, hold);
}

/** What a grant means for the other requests of the same party at the lock. */
function lookAround(change: Change, party: Party, name: string): void {
  const lock = change.memory.locks.get(name);
  if (lock === undefined || lock.queue === null) return;
  if (lock.refreshPlaces(party)) change.touch(lock);
  for (const { covered, waiter } of [...lock.placesOf(party)].sort(comparePlaces)) {
    if (covered) change.candidates.push(waiter);
  }
  // Others that waited for nobody here may wait for this hold now.
  if (party.places.size > 0) change.unsure.add(party);
}
