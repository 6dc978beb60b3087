/** What a command did, for the leader's memory: who waits for messages, and what is counted. */
export type TopicEffect =
  /** Something of the topic changed: messages may be ready in its groups. */
  | { readonly kind: 'changed'; readonly topic: string }
  | { readonly kind: 'published'; readonly topic: string; readonly messages: number }
  | {
      readonly kind: 'delivered';
      readonly topic: string;
      readonly group: string;
      readonly messages: number;
      /** Of these: those that had been handed out before. */
      readonly redelivered: number;
    }
  | {
      readonly kind: 'acked';
      readonly topic: string;
      readonly group: string;
      readonly messages: number;
    }
  | { readonly kind: 'dead-lettered'; readonly topic: string; readonly group: string }
  | { readonly kind: 'topic-deleted'; readonly topic: string }
  /** What was due by its log time was done, or as much as one entry does. */
  | { readonly kind: 'due-done'; readonly logTimeMs: number }
  /** A sweep was applied: the next may follow. */
  | { readonly kind: 'swept' };
