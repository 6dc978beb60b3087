import type { DutyCommand, OutboxCommand, TopicCommand } from '../core/commands/topic-command.js';
import type {
  GroupView,
  MessagePage,
  MessageView,
  Missing,
  PendingPage,
  TopicQuery,
  TopicView,
} from '../core/commands/topic-query.js';
import type { WatchAnswer } from '../core/commands/topic-request.js';
import type { Presented, TopicResult } from '../core/commands/topic-result.js';

/** A change, as a client's request asks for it. */
export type TopicChange = Exclude<TopicCommand, DutyCommand | OutboxCommand>;

/** An Idempotency-Key and what stands under it, see `@sinkron/http`. */
export interface ChangeOptions {
  /** When the caller stops waiting, ms as `performance.now()` counts them. */
  readonly deadlineMs: number;
  /** The same as long as certainly nothing has happened: no later than this, the answer is 503 then. */
  readonly giveUpByMs?: number | undefined;
  readonly idempotency?:
    | {
        readonly key: string;
        readonly method: string;
        readonly path: string;
        readonly fingerprint: string;
      }
    | undefined;
}

export interface Changed<Result> {
  readonly result: Result;
  /** The answer was given before, to the same Idempotency-Key. */
  readonly replayed: boolean;
}

export type TopicAnswer =
  | TopicView
  | readonly TopicView[]
  | GroupView
  | readonly GroupView[]
  | MessageView
  | MessagePage
  | PendingPage
  | Missing;

/**
 * Where topics live: the replicated store, and others. What it promises is the same for each, and
 * `conformance/` checks it.
 *
 * Calls throw `ProblemError` (503 when certainly nothing happened, 504 `OUTCOME_UNKNOWN`).
 */
export interface TopicStore {
  /** A receive's result is `Presented`: with the bodies, whoever keeps them. */
  change(change: TopicChange, options: ChangeOptions): Promise<Changed<TopicResult | Presented>>;
  query(
    query: TopicQuery,
    options: { readonly deadlineMs: number; readonly consistency: 'linearizable' | 'stale' },
  ): Promise<TopicAnswer>;
  /** Says that `wanted` messages of the group would be taken here; see `WatchRequest`. */
  watch(
    watched: { readonly topic: string; readonly group: string; readonly wanted: number },
    options: { readonly deadlineMs: number },
  ): Promise<WatchAnswer>;
  /** Hears hints that messages of a group are ready. @returns how to stop it. */
  onReady(listener: (topic: string, group: string, ready: number) => void): () => void;
}
