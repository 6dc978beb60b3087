import type { Window } from '../orders.js';

/** What the load generator is asked to do with queues. Topics are `<prefix>-0` and so on. */
export type QueueOrder =
  /** Publishes in closed loops, `batch` messages each. */
  | {
      readonly kind: 'publish';
      readonly topics: QueueTopics;
      readonly clients: number;
      readonly batch: number;
      readonly bodyBytes: number;
      readonly window: Window;
    }
  /** Fills the topics, then receives and acknowledges in closed loops. */
  | {
      readonly kind: 'consume';
      readonly topics: QueueTopics;
      readonly clients: number;
      readonly batch: number;
      readonly bodyBytes: number;
      /** Messages over all topics, before the warm-up; where they run out, the measuring ends. */
      readonly fill: number;
      /** Milliseconds after which a slow system is filled enough. */
      readonly fillMsMax: number;
      readonly window: Window;
    }
  /** Publishes one message at each point of a time table; consumers wait for them. */
  | {
      readonly kind: 'end-to-end';
      readonly topics: QueueTopics;
      readonly publishers: number;
      readonly consumers: number;
      readonly messagesPerSecond: number;
      /** Messages of one publish. */
      readonly batch: number;
      readonly bodyBytes: number;
      readonly window: Window;
    };

export interface QueueTopics {
  readonly prefix: string;
  readonly count: number;
}

export function topicNames({ prefix, count }: QueueTopics): readonly string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}-${index}`);
}
