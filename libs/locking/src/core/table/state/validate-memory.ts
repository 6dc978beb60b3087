import { invariant } from '@sinkron/invariant';
import { hasGrantable } from '../granting/grantable-waiters.js';
import type { LockMemory } from './lock-memory.js';

/** Asserts what holds between the parts of the memory after every command. */
export function validateMemory(memory: LockMemory): void {
  memory.names.validate();
  memory.sessionIds.validate();
  memory.pending.validate();
  validateLocks(memory);
  validateHolds(memory);
  validateWaiters(memory);
  validateSessions(memory);
  if (memory.ended.length === 0 && memory.proposers.first === undefined) {
    const pending = new Set(memory.pending.listed('', null));
    for (const lock of memory.locks.values()) {
      const known = pending.has(lock.name);
      invariant(known || !hasGrantable(memory, lock), 'LockMemory: nobody is forgotten', {
        name: lock.name,
      });
    }
  }
}

function validateLocks(memory: LockMemory): void {
  const listed = [...memory.names.listed('', null)];
  invariant(listed.length === memory.locks.size, 'LockMemory: every lock has a name');
  for (const name of listed) {
    const lock = memory.locks.get(name);
    invariant(lock !== undefined && lock.name === name, 'LockMemory: a name has a lock', { name });
    invariant(!lock.idle, 'LockMemory: an idle lock leaves nothing', { name });
    invariant((lock.delay !== null) === memory.delayed.has(lock), 'LockMemory: rests are known');
    lock.validate();
    for (const hold of lock.holders.values()) {
      invariant(memory.holds.get(hold.id) === hold, 'LockMemory: a holder has a hold', { name });
    }
    for (const place of lock.queue ?? []) {
      const waiting = memory.waiters.get(place.waiter.id) === place.waiter;
      invariant(waiting, 'LockMemory: who has a place waits', { name });
    }
  }
}

function validateHolds(memory: LockMemory): void {
  let living = 0;
  for (const [id, hold] of memory.holds) {
    invariant(hold.id === id && id <= hold.token, 'LockMemory: id <= token', { id });
    invariant(hold.token <= memory.lastToken, 'LockMemory: token <= lastToken', { id });
    const held = hold.broken
      ? hold.lock.wreck?.holds.has(hold) === true
      : hold.lock.holders.get(hold.party) === hold;
    invariant(held, 'LockMemory: a hold is known to its lock', { id });
    if (!hold.dead) {
      living += 1;
      invariant(memory.holdByToken(hold.token) === hold, 'LockMemory: found by its token', { id });
      invariant(memory.holdByToken(id) === hold, 'LockMemory: found by its first token', { id });
    }
  }
  invariant(living === memory.liveHoldCount, 'LockMemory: living holds are counted', { living });
}

function validateWaiters(memory: LockMemory): void {
  let places = 0;
  for (const [id, waiter] of memory.waiters) {
    invariant(waiter.id === id && id <= memory.lastWaiter, 'LockMemory: id <= lastWaiter', { id });
    invariant(waiter.recorded !== null, 'LockMemory: a waiter has a record', { id });
    invariant(waiter.proposers.length > 0, 'LockMemory: somebody attends a waiter', { id });
    places += waiter.places.length;
    for (const place of waiter.places) {
      const known = place.group !== null && waiter.party.places.has(place);
      invariant(known, 'LockMemory: a waiter stands in its queues', { id });
      const own = place.lock.placesOf(waiter.party);
      invariant(own.includes(place), 'LockMemory: a place is found by its party', { id });
    }
    const party = memory.party(waiter.owner, waiter.party.session);
    invariant(party === waiter.party, 'LockMemory: who waits is a known party', { id });
    const { idempotency } = waiter.terms;
    if (idempotency !== null) {
      const found = memory.scopes.get(idempotency.scope) === waiter;
      invariant(found, 'LockMemory: a waiter is found by its key', { id });
    }
  }
  invariant(places === memory.placeCount, 'LockMemory: places are counted', { places });
}

function validateSessions(memory: LockMemory): void {
  let ended = 0;
  for (const session of memory.sessions.values()) {
    if (session.ended !== null) ended += 1;
    for (const hold of session.holds) {
      invariant(hold.party.session === session, 'LockMemory: a session’s hold', { id: hold.id });
    }
    for (const waiter of session.waiters) {
      invariant(waiter.recorded !== null, 'LockMemory: a session’s waiters have records');
    }
  }
  invariant(ended === memory.ended.length, 'LockMemory: ended sessions are known', { ended });
}
