export type LockMode = 'exclusive' | 'shared';

/** The modes as an input names them. */
export const LOCK_MODES = ['exclusive', 'shared'] as const satisfies readonly LockMode[];

/**
 * Who holds or waits: an owner, within a session or without one. An owner stands for one thread of
 * control.
 */
export interface HolderIdentity {
  /** The session whose end ends the hold; null when the hold has a lease of its own. */
  readonly sessionId: string | null;
  readonly owner: string;
}

/** One lock that a request asks for. */
export interface WantedLock {
  readonly name: string;
  readonly mode: LockMode;
}

/** One hold that its owner proves by the fencing token of its grant. */
export interface ClaimedHold {
  readonly name: string;
  readonly token: number;
}

/** One edge of the wait-for graph: `owner` waits for `waitsFor` at `lock`. */
export interface WaitEdge {
  readonly owner: string;
  readonly waitsFor: string;
  readonly lock: string;
}
