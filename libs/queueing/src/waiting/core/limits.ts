/** How long a receive may wait for a first message, milliseconds. */
export const RECEIVE_WAIT_MS_MAX = 30_000;

/** Receives and streams that wait at one node; each is an open connection. */
export const WAITING_RECEIVES_MAX = 50_000;

/** Groups of which a node remembers, with nobody waiting there, what it found last. */
export const REMEMBERED_GROUPS_MAX = 10_000;

/** How often a node asks after a group where somebody waits: hints may be lost. Milliseconds. */
export const WATCH_INTERVAL_MS = 2_000;

/** Pause before a watch that failed is repeated, milliseconds. */
export const WATCH_RETRY_MS = 500;

/** How long nobody must have waited before the node says that it wants no more hints, milliseconds. */
export const IDLE_MS = 200;

/**
 * Empty receives in a row, each behind a hint that something is ready, after which a group's waiting
 * receives pause for `WATCH_RETRY_MS`: each is a log entry, and whoever waits has time.
 */
export const EMPTY_RECEIVES_MAX = 5;

/** Empty receives of one call whose time is over, each behind a hint that something is ready. */
export const LATE_TRIES_MAX = 20;
