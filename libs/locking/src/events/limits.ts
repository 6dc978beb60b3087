/** Milliseconds between looks at the events of a replica of this node: far below what people see. */
export const LOCAL_LOOK_INTERVAL_MS = 20;

/** Milliseconds between looks at the events of another node's replica: each is a message. */
export const REMOTE_LOOK_INTERVAL_MS = 100;

/** Milliseconds until a look that failed is repeated: about one election. */
export const FAILED_LOOK_PAUSE_MS = 500;

/** Milliseconds that one look may take. */
export const LOOK_TIMEOUT_MS = 5_000;

/** Events in one look: about 50 KiB, far below what a reader may be behind. */
export const EVENTS_PER_LOOK_MAX = 200;

/** Readers of events at one node; each is an open connection. */
export const EVENT_READERS_MAX = 1_000;
