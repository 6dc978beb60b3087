/** How long a message waits before it is delivered again after its n-th failure. */
export interface Backoff {
  readonly initialMs: number;
  /** 1 to 10. */
  readonly multiplier: number;
  readonly maxMs: number;
}

/** What users set of a topic; every field has its value, defaults included. Durations in ms. */
export interface TopicConfiguration {
  /** How long a delivery may stay unacknowledged, unless the receive says otherwise. */
  readonly visibilityMs: number;
  /** Failures in one group after which a message becomes a dead letter of it. */
  readonly maxDeliveries: number;
  /** Null: failed messages are ready again at once. */
  readonly backoff: Backoff | null;
  /** `work` removes a message once every group has acknowledged it; `log` keeps it. */
  readonly retention: 'work' | 'log';
  /** Messages older than this go, whoever has seen them; null: never. */
  readonly maxAgeMs: number | null;
  readonly maxMessages: number | null;
  /** Of bodies, keys and headers as they are stored. */
  readonly maxBytes: number | null;
  /** What a publish beyond the limits does. */
  readonly overflow: 'reject' | 'drop-oldest';
  /** Null: `{topic}.dead`. */
  readonly deadLetterTopic: string | null;
  readonly deduplicationWindowMs: number;
  /** What becomes of a message with a key after `maxDeliveries` failures. */
  readonly onOrderedFailure: 'block' | 'dead-letter';
}

export const DEFAULT_TOPIC_CONFIGURATION: TopicConfiguration = {
  visibilityMs: 30_000,
  maxDeliveries: 5,
  backoff: null,
  retention: 'work',
  maxAgeMs: null,
  maxMessages: null,
  maxBytes: null,
  overflow: 'reject',
  deadLetterTopic: null,
  deduplicationWindowMs: 120_000,
  onOrderedFailure: 'block',
};
