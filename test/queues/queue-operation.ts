/**
 * How a call ended for its caller: `done`: it was answered; `refused`: certainly nothing happened;
 * `unknown`: it may have happened, or may happen yet.
 */
export type Outcome = 'done' | 'refused' | 'unknown';

interface Call {
  /** When it was sent and when its outcome was known, ms on one clock for all clients. */
  readonly from: number;
  readonly until: number;
  readonly outcome: Outcome;
  readonly topic: string;
}

export interface PublishCall extends Call {
  readonly kind: 'publish';
  /** In the order of the request. Values are never used twice, not even when a publish is repeated. */
  readonly messages: readonly {
    readonly value: string;
    readonly key: string | null;
    /** Null while the outcome is not `done`. */
    readonly id: string | null;
    /** Has a delay: it may come behind later ones of its key. */
    readonly delayed: boolean;
  }[];
}

/** One that is `unknown` or `refused` has no messages, whatever was handed out by it. */
export interface ReceiveCall extends Call {
  readonly kind: 'receive';
  readonly group: string;
  readonly visibilityMs: number;
  readonly messages: readonly {
    readonly id: string;
    readonly value: string;
    readonly key: string | null;
    readonly deliveries: number;
    readonly receipt: string;
  }[];
}

export interface SettleCall extends Call {
  /** `extend` ends no delivery, `return` counts as no failure. */
  readonly kind: 'ack' | 'nack' | 'return' | 'extend';
  readonly group: string;
  /** `acted` is what the answer said of each; null while the outcome is not `done`. */
  readonly receipts: readonly { readonly receipt: string; readonly acted: boolean | null }[];
  /** Of an `extend`: how long from then on. Without it, extensions are not looked at. */
  readonly visibilityMs?: number;
}

/** What lets messages come again, or go, that were acknowledged, or not: `seek`, `redrive`, `purge`, … */
export interface ResetCall extends Call {
  readonly kind: 'reset';
  /** Null: all groups. */
  readonly group: string | null;
  /**
   * What it moves; all, unless it says so. `dead-letters`: those come back to where they failed, under
   * other ids, and behind all others of their key. Nothing may be lost by it.
   */
  readonly moves?: 'dead-letters';
}

export type QueueOperation = PublishCall | ReceiveCall | SettleCall | ResetCall;

/** What stands in a topic when all is over. */
export interface TopicAtEnd {
  readonly topic: string;
  /** Groups that were there before the first publish: each sees every message. */
  readonly groups: readonly string[];
  readonly values: readonly string[];
  /** Values that stand in its dead-letter topic, or were received from it. */
  readonly deadLetters: readonly string[];
}

export interface QueueHistory {
  readonly operations: readonly QueueOperation[];
  readonly end: readonly TopicAtEnd[];
  /** By how much clocks of clients and log time may differ, and pauses be missed, ms. */
  readonly slackMs: number;
}
