import type { AcquireCommand } from '../../commands/lock-command.js';
import type { Held, LockResult } from '../../commands/lock-result.js';
import { OBSTACLES_MAX, PLACES_PER_HOLDER_MAX } from '../../limits.js';
import type { Changes } from './reference-changes.js';
import {
  aheadOf,
  edgesOf,
  hasCycle,
  isOnHardCycle,
  moveToTail,
  passable,
  waysPast,
} from './reference-graph.js';
import { isClear, lineUp } from './reference-queue.js';
import { isSameParty, type Entry, type ReferenceState, type Waiter } from './reference-state.js';

/** A request takes its place in the queues for a look, and stays there only when it must wait. */
export function acquire(command: AcquireCommand, changes: Changes): LockResult {
  const { state, context } = changes;
  const joined = join(changes);
  if (joined !== undefined) return joined;
  if (command.sessionId !== null && state.session(command.sessionId) === undefined) {
    return { status: 'session-not-found' };
  }
  const waiter = waiterOf(command, changes);
  const entries = lineUp(state, waiter);
  const blocked = entries.find((entry) => !isClear(state, entry));
  if (blocked === undefined) {
    state.removeWaiter(waiter);
    return granted(changes, waiter);
  }
  const refusal = command.wait ? refusalOf(changes, waiter) : heldBy(state, blocked);
  if (refusal !== undefined) {
    state.removeWaiter(waiter);
    return refusal;
  }
  if (entries.every((entry) => isClear(state, entry))) {
    // Only multi-locks that it has passed stood in its way.
    state.removeWaiter(waiter);
    return granted(changes, waiter);
  }
  state.lastNumber = Math.max(state.lastNumber, waiter.id);
  if (context.proposer !== null) waiter.proposers = [context.proposer];
  state.waiters.push(waiter);
  return queued(state, waiter);
}

/** What is granted at once shows that the client of the session lives. */
function granted(changes: Changes, waiter: Waiter): LockResult {
  if (waiter.sessionId !== null) changes.keepAlive(waiter.sessionId);
  return { status: 'granted', locks: changes.grant(waiter, null) };
}

/** A repeat of a request that still waits attends the same waiter. */
function join({ state, context }: Changes): LockResult | undefined {
  const { idempotency, proposer } = context;
  if (idempotency === null) return undefined;
  const waiter = state.waiters.find((other) => other.idempotency?.scope === idempotency.scope);
  if (waiter === undefined) return undefined;
  if (waiter.idempotency?.fingerprint !== idempotency.fingerprint) return { status: 'key-reused' };
  if (proposer !== null && !waiter.proposers.includes(proposer)) {
    waiter.proposers = [...waiter.proposers, proposer];
  }
  return queued(state, waiter);
}

function queued(state: ReferenceState, waiter: Waiter): LockResult {
  const entries = state.entries.filter((entry) => entry.waiter === waiter);
  const upgrade = entries.some((entry) => state.isUpgrade(entry));
  return { status: 'queued', waiterId: waiter.id, upgrade };
}

function waiterOf(command: AcquireCommand, { context, state }: Changes): Waiter {
  const { sessionId, owner, locks, ttlMs, lockDelayMs, metadata } = command;
  const { logTimeMs: sinceMs, idempotency } = context;
  const asked = { sessionId, owner, locks, ttlMs, lockDelayMs, metadata };
  return { id: state.lastNumber + 1, proposers: [], ...asked, sinceMs, idempotency };
}

function heldBy(state: ReferenceState, blocked: Entry): Held {
  const holders = state
    .holdsOf(blocked.name)
    .filter((hold) => !isSameParty(hold, blocked.waiter))
    .slice(0, OBSTACLES_MAX)
    .map(({ sessionId, owner, mode, token, holds }) => ({ sessionId, owner, mode, token, holds }));
  const queueLength = state.queueOf(blocked.name).length - 1;
  const delayed = state.isDelayed(blocked.name);
  return { status: 'held', name: blocked.name, holders, queueLength, delayed };
}

/** Why the request must not wait; undefined when it may. */
function refusalOf(changes: Changes, waiter: Waiter): LockResult | undefined {
  const { state } = changes;
  const crowded = waiter.locks.some(({ name }) => {
    const own = state.queueOf(name).filter((entry) => isSameParty(entry.waiter, waiter));
    return own.length > PLACES_PER_HOLDER_MAX;
  });
  if (crowded) return { status: 'full', what: 'queue' };
  return avoidCycle(changes, waiter) ? undefined : { status: 'deadlock', cycle: [] };
}

/**
 * Sends waiting multi-locks that the request would only queue behind to the tails of their queues,
 * when that leaves no cycle. False when nothing does, or when the cycle is not due to them.
 */
function avoidCycle(changes: Changes, waiter: Waiter): boolean {
  const { state } = changes;
  if (!hasCycle(state)) return true;
  changes.metCycle = true;
  const before = state.lastNumber;
  state.lastNumber += 1;
  const ways: (readonly Entry[] | null)[] = waysPast(state, passable(state, waiter));
  const isRefusable = waysPast(state, aheadOf(state, waiter)).length === 0;
  if (isRefusable || isOnHardCycle(state, waiter)) ways.push(null);
  const way = changes.choose(ways) ?? null;
  if (way === null) {
    changes.refusedEdges = edgesOf(state);
    changes.deadlocks.push(waiter);
    state.lastNumber = before;
    return false;
  }
  for (const entry of way) moveToTail(state, entry);
  changes.passed.push(...way);
  const names = [...new Set(way.map(({ name }) => name))];
  for (const name of changes.choose(ordersOf(names)) ?? []) changes.touch(name);
  return true;
}

function ordersOf(names: readonly string[]): (readonly string[])[] {
  if (names.length < 2) return [names];
  return names.flatMap((first) => {
    const rest = names.filter((name) => name !== first);
    return ordersOf(rest).map((order) => [first, ...order]);
  });
}
