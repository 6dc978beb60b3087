import { invariant } from '@sinkron/invariant';
import { hasGrantable } from '../granting/grantable-waiters.js';
import type { Place } from '../queue/place.js';
import type { HoldRecord } from '../records/hold-record.js';
import type { LockRecords } from '../records/lock-records.js';
import type { WaiterRecord } from '../records/waiter-record.js';
import { Hold } from './hold.js';
import type { Lock } from './lock.js';
import { LockMemory } from './lock-memory.js';
import { Party } from './party.js';
import type { Session } from './session.js';
import { Waiter } from './waiter.js';

/**
 * Makes the memory anew from the records, a record a step.
 *
 * @throws MalformedValue or InvariantViolation when a record is not one that a table wrote.
 */
export function* rebuild(records: LockRecords): Generator<undefined, LockMemory> {
  const memory = new LockMemory();
  const { lastToken, lastWaiter } = records.counter();
  memory.lastToken = lastToken;
  memory.lastWaiter = lastWaiter;
  const ended: Session[] = [];
  for (const session of records.sessions()) {
    memory.addSession(session);
    if (session.ended !== null) ended.push(session);
    yield;
  }
  const breaks = new Map(records.breaks());
  for (const [id, record] of records.holds()) {
    addHold(memory, { id, record, breaks });
    yield;
  }
  for (const [name, throughId] of breaks) {
    const lock = memory.lockFor(name);
    if (lock.wreck === null) memory.addWreck(lock, throughId);
  }
  for (const session of ended) memory.markEnded(session);
  for (const [name, delay] of records.delays()) {
    memory.setDelay(memory.lockFor(name), delay);
    yield;
  }
  yield* addWaiters(memory, records, new Map(records.closed()));
  for (const lock of memory.locks.values()) {
    if (lock.queue !== null && hasGrantable(memory, lock)) memory.addPending(lock.name);
    yield;
  }
  return memory;
}

function addHold(
  memory: LockMemory,
  held: { id: number; record: HoldRecord; breaks: ReadonlyMap<string, number> },
): void {
  const { id, record, breaks } = held;
  const session = sessionOf(memory, record.sessionId);
  const lock = memory.lockFor(record.name);
  const hold = new Hold(id, lock, memory.partyFor(record.owner, session), record.mode);
  hold.token = record.token;
  hold.holds = record.holds;
  hold.ownTtlMs = record.ttlMs;
  hold.ownLeaseIndex = record.leaseIndex;
  hold.ownExpiresAtMs = record.expiresAtMs;
  hold.lockDelayMs = record.lockDelayMs;
  hold.metadata = record.metadata;
  hold.waiters = record.waiters;
  invariant(
    hold.id <= hold.token && hold.token <= memory.lastToken,
    'rebuild: id <= token <= lastToken',
    { id, token: hold.token, lastToken: memory.lastToken },
  );
  const throughId = breaks.get(record.name) ?? 0;
  if (id <= throughId) memory.addBrokenHold(hold, throughId);
  else memory.addHold(hold);
}

function* addWaiters(
  memory: LockMemory,
  records: LockRecords,
  closed: ReadonlyMap<string, number>,
): Generator<undefined, void> {
  const places = new Map<Lock, Place[]>();
  const attended = new Map<string, Waiter[]>([...closed.keys()].map((key) => [key, []]));
  for (const [id, record] of records.waiters()) {
    invariant(id <= memory.lastWaiter, 'rebuild: a waiter’s id <= lastWaiter', { id });
    const waiter = readWaiter(memory, id, record, closed);
    waiter.party.session?.waiters.add(waiter);
    for (const proposer of record.proposers) attended.get(proposer)?.push(waiter);
    yield;
    if (waiter.places.length === 0) continue;
    memory.addWaiter(waiter);
    for (const place of waiter.places) {
      const others = places.get(place.lock);
      if (others === undefined) places.set(place.lock, [place]);
      else others.push(place);
    }
  }
  for (const [lock, waiting] of places) {
    lock.rebuildQueue(waiting);
    yield;
  }
  for (const [proposer, index] of closed) {
    memory.proposers.markClosed(proposer, index, attended.get(proposer) ?? []);
  }
}

/** One that waits no more, because its session or its proposers are gone, has no places. */
function readWaiter(
  memory: LockMemory,
  id: number,
  record: WaiterRecord,
  closed: ReadonlyMap<string, number>,
): Waiter {
  const session = sessionOf(memory, record.sessionId);
  const proposers = record.proposers.filter((proposer) => !closed.has(proposer));
  const waits = proposers.length > 0 && (session === null || session.ended === null);
  const waiter = new Waiter(
    id,
    waits ? memory.partyFor(record.owner, session) : new Party(record.owner, session),
    (waits ? record.requests : []).map(({ name, mode }) => ({ lock: memory.lockFor(name), mode })),
    record.terms,
    proposers,
  );
  waiter.recorded = record.proposers;
  for (const [at, place] of waiter.places.entries()) {
    place.rank = record.requests[at]?.rank ?? place.rank;
  }
  return waiter;
}

function sessionOf(memory: LockMemory, sessionId: string | null): Session | null {
  if (sessionId === null) return null;
  const session = memory.sessions.get(sessionId);
  invariant(session !== undefined, 'rebuild: a session is there while something of it is', {
    sessionId,
  });
  return session;
}
