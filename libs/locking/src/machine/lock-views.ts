import type { Instant } from '@sinkron/consensus';
import type { ListQuery, SessionsQuery } from '../core/commands/lock-query.js';
import type {
  HolderView,
  LockPage,
  LockView,
  QueuedView,
  SessionPage,
  SessionView,
  WaitForGraph,
} from '../core/commands/lock-view.js';
import { leaseOf, sessionLease } from '../core/leases/lock-leases.js';
import {
  GRAPH_EDGES_MAX,
  PAGE_ENTRIES_MAX,
  VIEW_HOLDERS_MAX,
  VIEW_QUEUE_MAX,
} from '../core/limits.js';
import type { LockTable } from '../core/table/lock-table.js';
import type { LockDuties } from './lock-duties.js';

type LivingHold = NonNullable<ReturnType<LockTable['liveHold']>>;
type TableLock = NonNullable<ReturnType<LockTable['lock']>>;
type TableSession = NonNullable<ReturnType<LockTable['session']>>;

/** The table as readers see it, with the leader's own deadlines where this replica leads. */
export class LockViews {
  constructor(
    private readonly table: LockTable,
    private readonly duties: LockDuties,
  ) {}

  lock(name: string, instant: Instant): LockView | null {
    const lock = this.table.lock(name);
    return lock === undefined ? null : this.lockView(lock, instant);
  }

  locks({ prefix, after, limit }: Omit<ListQuery, 'kind'>, instant: Instant): LockPage {
    const locks: LockView[] = [];
    let entries = 0;
    for (const name of this.table.listed(prefix, after)) {
      if (locks.length === limit || entries >= PAGE_ENTRIES_MAX) {
        return { locks, next: locks.at(-1)?.name ?? null };
      }
      const view = this.lock(name, instant);
      // What is there only until a sweep comes by is not shown.
      if (view === null) continue;
      locks.push(view);
      entries += view.holders.length + view.queue.length;
    }
    return { locks, next: null };
  }

  session(sessionId: string, instant: Instant): SessionView | null {
    const session = this.table.session(sessionId);
    return session === undefined ? null : this.sessionView(session, instant);
  }

  sessions({ after, limit }: Omit<SessionsQuery, 'kind'>, instant: Instant): SessionPage {
    const sessions: SessionView[] = [];
    for (const session of this.table.sessions(after)) {
      if (sessions.length === limit) {
        return { sessions, next: sessions.at(-1)?.sessionId ?? null };
      }
      sessions.push(this.sessionView(session, instant));
    }
    return { sessions, next: null };
  }

  graph(): WaitForGraph {
    const { edges, truncated } = this.table.edges(GRAPH_EDGES_MAX);
    const nodes = new Set<string>();
    for (const { owner, waitsFor } of edges) nodes.add(owner).add(waitsFor);
    return { nodes: [...nodes], edges, truncated };
  }

  private lockView(lock: TableLock, instant: Instant): LockView {
    const holders: HolderView[] = [];
    for (const hold of lock.holders()) {
      if (holders.length === VIEW_HOLDERS_MAX) break;
      holders.push(this.holderView(hold, instant));
    }
    const queue: QueuedView[] = [];
    for (const { owner, mode, sinceMs } of lock.queue()) {
      if (queue.length === VIEW_QUEUE_MAX) break;
      queue.push({ owner, mode, sinceMs });
    }
    const { name, mode, holderCount, queueLength, delayed } = lock;
    return { name, mode, holders, holderCount, queue, queueLength, delayed };
  }

  private holderView(hold: LivingHold, instant: Instant): HolderView {
    const { sessionId, owner, token, holds, ttlMs, metadata } = hold;
    const expiresAtMs = this.duties.expiresAtMs(leaseOf(hold), instant) ?? hold.expiresAtMs;
    return { sessionId, owner, token, holds, ttlMs, expiresAtMs, metadata };
  }

  private sessionView(session: TableSession, instant: Instant): SessionView {
    const { sessionId, name, ttlMs, lockDelayMs } = session;
    const expiresAtMs =
      this.duties.expiresAtMs(sessionLease(sessionId, session), instant) ?? session.expiresAtMs;
    const locks = this.table.sessionLockCount(sessionId);
    return { sessionId, name, ttlMs, lockDelayMs, expiresAtMs, locks };
  }
}
