import type { Hold } from './hold.js';
import type { Lock } from './lock.js';
import type { LockMemory } from './lock-memory.js';
import type { LockState, QueuedRequest } from './lock-state.js';

/** The lock as readers see it. */
export function stateOf(memory: LockMemory, lock: Lock): LockState {
  const first = lock.liveHolds().next().value ?? lock.queue?.first;
  return {
    name: lock.name,
    mode: first?.mode ?? 'exclusive',
    delayed: memory.isDelayed(lock),
    holders: () => lock.liveHolds(),
    holderCount: holderCount(memory, lock),
    queue: () => queued(lock),
    queueLength: lock.queueLength,
  };
}

function holderCount(memory: LockMemory, lock: Lock): number {
  if (memory.ended.length === 0) return lock.holders.size;
  let count = 0;
  for (const { dead } of lock.holders.values() as Iterable<Hold>) if (!dead) count += 1;
  return count;
}

function* queued(lock: Lock): Generator<QueuedRequest, void, undefined> {
  for (const { mode, waiter } of lock.queue ?? []) {
    const { id: waiterId, owner, sessionId, sinceMs } = waiter;
    yield { owner, sessionId, mode, sinceMs, waiterId };
  }
}
