/** What the waiting room wants done. */
export type RoomOutput =
  /** Tell the leader that this node waits for `wanted` messages of a group: `watchAnswered` or `watchFailed`. */
  | {
      readonly kind: 'watch';
      readonly topic: string;
      readonly group: string;
      readonly wanted: number;
    }
  /** Receive for a call: `received` or `receiveFailed`. */
  | { readonly kind: 'receive'; readonly callId: number }
  /**
   * Answer a call: nothing was ready, no leader said anything in time, its receive has not ended in
   * time (it still will, by `received` or `receiveFailed`), or the node stops.
   */
  | {
      readonly kind: 'end';
      readonly callId: number;
      readonly end: 'empty' | 'no-answer' | 'unknown' | 'shutting-down';
    };
