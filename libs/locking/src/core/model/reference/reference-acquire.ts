import type { AcquireCommand } from '../../commands/lock-command.js';
import type { Held, LockResult } from '../../commands/lock-result.js';
import { OBSTACLES_MAX, PLACES_PER_HOLDER_MAX } from '../../limits.js';
import type { Changes } from './reference-changes.js';
import {
  canPass,
  cycleThrough,
  edgesOf,
  hasCycle,
  moveToTail,
  passable,
} from './reference-graph.js';
import { isClear, lineUp } from './reference-queue.js';
import { isSameParty, type Entry, type ReferenceState, type Waiter } from './reference-state.js';

/** A request takes its place in the queues for a look, and stays there only when it must wait. */
export function acquire(
  command: AcquireCommand,
  changes: Changes,
  nextWaiterId: number,
): LockResult {
  const { state, context } = changes;
  const joined = join(changes);
  if (joined !== undefined) return joined;
  if (command.sessionId !== null && state.session(command.sessionId) === undefined) {
    return { status: 'session-not-found' };
  }
  const before = state.entries;
  const waiter = waiterOf(command, changes, nextWaiterId);
  const entries = lineUp(state, waiter);
  const blocked = entries.find((entry) => !isClear(state, entry));
  if (blocked === undefined) {
    state.entries = before;
    return { status: 'granted', locks: changes.grant(waiter, null) };
  }
  if (!command.wait) {
    const held = heldBy(state, blocked);
    state.entries = before;
    return held;
  }
  if (entries.some((entry) => hasTooManyPlaces(state, entry))) {
    state.entries = before;
    return { status: 'full', what: 'queue' };
  }
  if (!avoidCycle(changes, entries)) {
    changes.refusedEdges = edgesOf(state);
    state.entries = before;
    changes.deadlocks.push(waiter);
    return { status: 'deadlock', cycle: [] };
  }
  if (context.proposer !== null) waiter.proposers = [context.proposer];
  state.waiters.push(waiter);
  return queued(state, waiter);
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
  const upgrade = state.entries.some((entry) => entry.waiter === waiter && entry.upgrade);
  return { status: 'queued', waiterId: waiter.id, upgrade };
}

function waiterOf(command: AcquireCommand, { context }: Changes, id: number): Waiter {
  const { sessionId, owner, locks, ttlMs, lockDelayMs, metadata } = command;
  const { logTimeMs: sinceMs, idempotency } = context;
  const asked = { sessionId, owner, locks, ttlMs, lockDelayMs, metadata };
  return { id, proposers: [], ...asked, sinceMs, idempotency };
}

function heldBy(state: ReferenceState, blocked: Entry): Held {
  const holders = state
    .holdsOf(blocked.name)
    .filter((hold) => !isSameParty(hold, blocked.waiter))
    .sort((one, other) => one.token - other.token)
    .slice(0, OBSTACLES_MAX)
    .map(({ sessionId, owner, mode, token, holds }) => ({ sessionId, owner, mode, token, holds }));
  const queueLength = state.queueOf(blocked.name).length - 1;
  const delayed = state.isDelayed(blocked.name);
  return { status: 'held', name: blocked.name, holders, queueLength, delayed };
}

function hasTooManyPlaces(state: ReferenceState, entry: Entry): boolean {
  const own = state.queueOf(entry.name).filter(({ waiter }) => isSameParty(waiter, entry.waiter));
  return own.length > PLACES_PER_HOLDER_MAX;
}

/**
 * Sends waiting multi-locks that the requester would only queue behind to the tails of their
 * queues, one by one, as long as that breaks a cycle. False when a cycle is left.
 */
function avoidCycle(changes: Changes, entries: readonly Entry[]): boolean {
  const { state } = changes;
  const [first] = entries;
  if (first === undefined || !hasCycle(state)) return true;
  const before = state.entries;
  changes.avoidable = canPass(state, passable(state, entries));
  for (;;) {
    const edge = cycleThrough(first.waiter, edgesOf(state))?.[0];
    const soft = passable(state, entries).find((entry) => {
      return edge !== undefined && entry.name === edge.lock && isSameParty(entry.waiter, edge.to);
    });
    if (soft === undefined) break;
    moveToTail(state, soft);
    changes.passed.push(soft);
  }
  if (!hasCycle(state)) return true;
  state.entries = before;
  changes.passed = [];
  return false;
}
