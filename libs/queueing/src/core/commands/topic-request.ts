/**
 * Requests to the leader's memory, under its lease, without a log entry.
 *
 * `watch`: a node has consumers that wait for messages of a group. The answer says how many are ready now;
 * until `WATCH_MS` later the node hears a notice whenever messages become ready, and repeats the watch
 * while consumers wait. 0 wanted ends it.
 */
export interface WatchRequest {
  readonly kind: 'watch';
  /** The asking node's proposer in this group: notices go to it. */
  readonly proposer: string;
  readonly topic: string;
  readonly group: string;
  /** Messages that its waiting consumers would take. */
  readonly wanted: number;
}

export type TopicRequest = WatchRequest;

export interface WatchAnswer {
  /** Null: there is no such topic, or no such group. */
  readonly ready: number | null;
  readonly missing: 'topic' | 'group' | null;
}

/** The body of a notice: this many of a group are ready for the node that hears it. A hint. */
export interface ReadyNotice {
  readonly topic: string;
  readonly group: string;
  readonly ready: number;
}
