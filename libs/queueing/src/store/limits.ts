/** Shards that one list asks at the same time; each answer is at most a page. */
export const SHARDS_ASKED_AT_ONCE = 16;

/** How long a watch that is repeated at another leader may take, milliseconds. */
export const REWATCH_TIMEOUT_MS = 2_000;

/** How long one of the two steps that bring messages to another shard may take, milliseconds. */
export const OUTBOX_TIMEOUT_MS = 5_000;

/** How long after it failed that is tried again, milliseconds. */
export const OUTBOX_PAUSE_MS = 500;
