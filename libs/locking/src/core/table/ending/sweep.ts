import { invariant } from '@sinkron/invariant';
import type { NameIndex } from '../../names/name-index.js';
import type { Change } from '../change.js';
import { hasGrantable } from '../granting/grantable-waiters.js';
import { finish, pump } from '../granting/pump.js';
import type { LockMemory } from '../state/lock-memory.js';
import { sweepProposer } from './close-proposer.js';
import { endHold } from './end-hold.js';
import { sweepSession } from './end-session.js';

/**
 * Does the next part of what commands only marked, in an order that every replica shares: ended
 * sessions, then broken locks, then closed proposers, each in the order of their ends, then grants
 * by the names of locks. Grants come last: until the dead are swept, not every lock where somebody
 * can be granted need be known.
 */
export function sweep(change: Change): void {
  if (sweepEnded(change) && sweepWrecks(change) && sweepClosed(change)) grantPending(change);
  change.effects.push({ kind: 'swept' });
}

/** Whether a sweep is called for. It may then find nothing to do. */
export function mayHaveWork(memory: LockMemory): boolean {
  return hasMarks(memory) || memory.hasPending;
}

/** Whether the next sweep will do something. */
export function hasWork(memory: LockMemory): boolean {
  if (hasMarks(memory)) return true;
  for (;;) {
    const name = first(memory.pending);
    if (name === undefined) return false;
    const lock = memory.locks.get(name);
    if (lock !== undefined && hasGrantable(memory, lock)) return true;
    memory.removePending(name);
  }
}

function hasMarks({ ended, hasWrecks, proposers }: LockMemory): boolean {
  return ended.length > 0 || hasWrecks || proposers.first !== undefined;
}

function first(names: NameIndex): string | undefined {
  return names.listed('', null).next().value ?? undefined;
}

function sweepEnded(change: Change): boolean {
  for (let [session] = change.memory.ended; session !== undefined;) {
    if (!sweepSession(change, session, () => finish(change))) return false;
    [session] = change.memory.ended;
  }
  return true;
}

function sweepWrecks(change: Change): boolean {
  const { memory, records } = change;
  for (let name = first(memory.wrecks); name !== undefined; name = first(memory.wrecks)) {
    const lock = memory.locks.get(name);
    invariant(lock?.wreck !== undefined && lock.wreck !== null, 'sweep: a wreck is there', {
      name,
    });
    for (const hold of lock.wreck.holds) {
      if (change.room < 1) return false;
      endHold(change, hold, 'broken');
    }
    if (change.room < 1) return false;
    records.removeBreak(name);
    memory.removeWreck(lock);
  }
  return true;
}

function sweepClosed(change: Change): boolean {
  const { proposers } = change.memory;
  for (let closed = proposers.first; closed !== undefined; closed = proposers.first) {
    if (!sweepProposer(change, closed)) return false;
  }
  return true;
}

function grantPending(change: Change): void {
  const { memory } = change;
  while (!change.exhausted) {
    const name = first(memory.pending);
    if (name === undefined) return;
    memory.removePending(name);
    const lock = memory.locks.get(name);
    if (lock === undefined) continue;
    pump(change, lock, { covered: true });
    finish(change);
  }
}
