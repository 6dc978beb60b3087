import type { QueueOrder } from './queues/queue-orders.js';
import type { LoadTarget, LockMode } from './lock-client.js';

/** When a scenario counts: after the warm-up, for the time of measuring. */
export interface Window {
  readonly warmUpMs: number;
  readonly measureMs: number;
}

/** What the load generator is asked to do. */
export type LoadOrder =
  /** Acquire and release in closed loops, each of its own locks, or all of one shared lock. */
  | {
      readonly kind: 'pairs';
      readonly clients: number;
      readonly mode: LockMode;
      /** Whether the locks belong to one session (lease). */
      readonly session: boolean;
      readonly window: Window;
    }
  /** Pairs that begin at fixed times, whatever became of those before. */
  | {
      readonly kind: 'open-loop';
      readonly clients: number;
      readonly pairsPerSecond: number;
      readonly window: Window;
    }
  /** Clients that pass one exclusive lock on among them. */
  | {
      readonly kind: 'hand-over';
      readonly clients: number;
      readonly holdMs: number;
      readonly window: Window;
    }
  /** Renewals in closed loops, each of its own lock. */
  | { readonly kind: 'renew'; readonly clients: number; readonly window: Window }
  /** Sessions that are kept alive at fixed times; Sinkron only. */
  | {
      readonly kind: 'sessions';
      readonly sessions: number;
      readonly clients: number;
      readonly ttlMs: number;
      readonly keepAliveMs: number;
      readonly window: Window;
    }
  /** The process `killPid` is killed under load: when is the next lock acquired? */
  | {
      readonly kind: 'recovery';
      /** In closed loops. */
      readonly clients: number;
      /** Further clients, one for each probe. */
      readonly probers: number;
      readonly killPid: number;
      readonly window: Window;
    };

/** What came of an order. */
export interface LoadOutcome {
  /** Operations that succeeded in the time of measuring. */
  readonly operations: number;
  readonly measuredMs: number;
  /** Histograms by what they measure, as Latency.encoded() writes them; the first is the main one. */
  readonly latencies: Readonly<Record<string, string>>;
  /** Failed operations, by code. */
  readonly failures: Readonly<Record<string, number>>;
  /** Cores that the load generator itself burnt. */
  readonly loadCores: number;
}

export interface LoadRequest {
  readonly target: LoadTarget;
  readonly order: LoadOrder | QueueOrder;
}

/** From the load generator: `measuring` when the warm-up is over, then one of the others. */
export type LoadReport =
  | { readonly kind: 'measuring' }
  | { readonly kind: 'done'; readonly outcome: LoadOutcome }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string };
