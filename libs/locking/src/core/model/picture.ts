import type { HolderIdentity, WaitEdge } from '../commands/holder.js';
import type { Grant } from '../commands/lock-result.js';
import { GRAPH_EDGES_MAX } from '../limits.js';
import type { LockTable } from '../table/lock-table.js';
import { edgesOf } from './reference/reference-graph.js';
import type { ReferenceState } from './reference/reference-state.js';

interface PicturedHold extends HolderIdentity {
  readonly holdId: number;
  readonly olderToken: number | null;
  readonly leaseIndex: number;
  readonly lockDelayMs: number;
  readonly metadata: string | null;
  readonly grant: Grant;
}

/** All that can be seen of a lock table, in plain values. */
export interface Picture {
  readonly locks: readonly {
    readonly name: string;
    readonly holders: readonly PicturedHold[];
    readonly queue: readonly unknown[];
    readonly delayed: boolean;
  }[];
  readonly waiters: readonly unknown[];
  readonly sessions: readonly unknown[];
  readonly delays: readonly unknown[];
  readonly counts: unknown;
}

export function pictureOfReference(state: ReferenceState): Picture {
  return {
    locks: state.names().map((name) => ({
      name,
      holders: state.holdsOf(name).map((hold) => {
        const { id: holdId, owner, sessionId, olderToken, lockDelayMs, metadata } = hold;
        const session = sessionId === null ? undefined : state.session(sessionId);
        const { leaseIndex } = session ?? hold;
        const grant = state.grantOf(hold);
        return { holdId, owner, sessionId, olderToken, leaseIndex, lockDelayMs, metadata, grant };
      }),
      queue: state.queueOf(name).map(({ waiter, mode }) => {
        const { id: waiterId, owner, sessionId, sinceMs } = waiter;
        return { owner, sessionId, mode, sinceMs, waiterId };
      }),
      delayed: state.isDelayed(name),
    })),
    waiters: state.waiters
      .map(({ id, proposers, locks, ttlMs, lockDelayMs, metadata }) => {
        const entries = state.entries.filter(({ waiter }) => waiter.id === id);
        const upgrade = entries.some((entry) => state.isUpgrade(entry));
        return { id, proposers, locks, upgrade, ttlMs, lockDelayMs, metadata };
      })
      .sort((one, other) => one.id - other.id),
    sessions: state.sessions
      .map(({ sessionId, ttlMs, lockDelayMs, name, leaseIndex, expiresAtMs }) => {
        const locks = state.holds.filter((hold) => hold.sessionId === sessionId).length;
        return { sessionId, ttlMs, lockDelayMs, name, leaseIndex, expiresAtMs, locks };
      })
      .sort(({ sessionId: one }, { sessionId: other }) => (one < other ? -1 : 1)),
    delays: state.delays
      .map(({ name, delayMs, leaseIndex }) => ({ name, delayMs, leaseIndex }))
      .sort(({ name: one }, { name: other }) => (one < other ? -1 : 1)),
    counts: {
      holds: state.holds.length,
      waiters: state.waiters.length,
      sessions: state.sessions.length,
    },
  };
}

export function pictureOfTable(table: LockTable): Picture {
  const locks = [...table.listed('', null)].map((name) => {
    const lock = table.lock(name);
    const holders = [...(lock?.holders() ?? [])].map((hold) => {
      const { id: holdId, owner, sessionId, olderToken, leaseIndex } = hold;
      const { lockDelayMs, metadata, grant } = hold;
      return { holdId, owner, sessionId, olderToken, leaseIndex, lockDelayMs, metadata, grant };
    });
    const queue = [...(lock?.queue() ?? [])];
    return { name, holders, queue, delayed: lock?.delayed ?? false };
  });
  const waiting = new Set(locks.flatMap(({ queue }) => queue.map(({ waiterId }) => waiterId)));
  return {
    locks,
    waiters: [...waiting]
      .sort((one, other) => one - other)
      .map((id) => {
        const waiter = table.waiter(id);
        const { ttlMs, lockDelayMs, metadata } = waiter?.terms ?? {};
        const { proposers, locks: wanted, upgrade } = waiter ?? {};
        return { id, proposers, locks: wanted, upgrade, ttlMs, lockDelayMs, metadata };
      }),
    sessions: [...table.sessions(null)].map((session) => {
      const { sessionId, ttlMs, lockDelayMs, name, leaseIndex, expiresAtMs } = session;
      const locksHeld = table.sessionLockCount(sessionId);
      return { sessionId, ttlMs, lockDelayMs, name, leaseIndex, expiresAtMs, locks: locksHeld };
    }),
    delays: [...table.delays()]
      .map(({ name, delayMs, leaseIndex }) => ({ name, delayMs, leaseIndex }))
      .sort(({ name: one }, { name: other }) => (one < other ? -1 : 1)),
    counts: {
      holds: table.holdsCount,
      waiters: table.waitersCount,
      sessions: table.sessionsCount,
    },
  };
}

/** Who waits for whom in the end, by the names of owners: `ann > bob`. */
export function reachable(edges: readonly WaitEdge[]): readonly string[] {
  const pairs = new Set(edges.map(({ owner, waitsFor }) => `${owner} > ${waitsFor}`));
  const owners = [...new Set(edges.flatMap(({ owner, waitsFor }) => [owner, waitsFor]))];
  for (const through of owners) {
    for (const from of owners) {
      for (const to of owners) {
        if (pairs.has(`${from} > ${through}`) && pairs.has(`${through} > ${to}`)) {
          pairs.add(`${from} > ${to}`);
        }
      }
    }
  }
  return [...pairs].sort();
}

export function edgesOfReference(state: ReferenceState): WaitEdge[] {
  return edgesOf(state).map(({ from, to, lock }) => {
    return { owner: from.owner, waitsFor: to.owner, lock };
  });
}

export function edgesOfTable(table: LockTable): readonly WaitEdge[] {
  return table.edges(GRAPH_EDGES_MAX).edges;
}
