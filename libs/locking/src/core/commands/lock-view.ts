import type { HolderIdentity, LockMode, WaitEdge } from './holder.js';

/** A holder as readers see it; `expiresAtMs` is the leader's own deadline where it answers. */
export interface HolderView extends HolderIdentity {
  readonly token: number;
  readonly holds: number;
  readonly ttlMs: number;
  readonly expiresAtMs: number;
  readonly metadata: string | null;
}

export interface QueuedView {
  readonly owner: string;
  readonly mode: LockMode;
  /** Log time at which it began to wait, milliseconds of Unix time. */
  readonly sinceMs: number;
}

export interface LockView {
  readonly name: string;
  /** Of the holders; that of the first waiter, or exclusive, when nobody holds the lock. */
  readonly mode: LockMode;
  /** In the order of their first tokens, at most VIEW_HOLDERS_MAX. */
  readonly holders: readonly HolderView[];
  readonly holderCount: number;
  /** In the order of grants to come, at most VIEW_QUEUE_MAX. */
  readonly queue: readonly QueuedView[];
  readonly queueLength: number;
  /** Whether nobody is granted it for a while because a holder failed. */
  readonly delayed: boolean;
}

export interface LockPage {
  readonly locks: readonly LockView[];
  /** Give it as `after` for the next page; null at the end. */
  readonly next: string | null;
}

export interface SessionView {
  readonly sessionId: string;
  readonly name: string | null;
  readonly ttlMs: number;
  readonly lockDelayMs: number;
  /** The leader's own deadline where it answers. */
  readonly expiresAtMs: number;
  /** How many holds it has. */
  readonly locks: number;
}

export interface SessionPage {
  readonly sessions: readonly SessionView[];
  /** Give it as `after` for the next page; null at the end. */
  readonly next: string | null;
}

export interface WaitForGraph {
  readonly nodes: readonly string[];
  readonly edges: readonly WaitEdge[];
  /** Whether there are more edges than GRAPH_EDGES_MAX. */
  readonly truncated: boolean;
}
