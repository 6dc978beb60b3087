/** How long one attempt to connect to Redis may take, ms. */
export const CONNECT_TIMEOUT_MS = 2000;

/** How long a closing connection may take to say goodbye before it is cut, ms. */
export const DISCONNECT_TIMEOUT_MS = 200;

/** Pauses between attempts grow by this, ms. */
export const RETRY_PAUSE_STEP_MS = 50;

/**
 * The longest pause between attempts, ms: with one attempt, less than the 5 s that callers wait, for
 * so long a command may wait for the connection.
 */
export const RETRY_PAUSE_MS_MAX = 1000;

/** How often a command follows a cluster's redirections; a slot that moves on is not chased. */
export const REDIRECTIONS_MAX = 8;

/** Idle time before the operating system probes whether Redis is still there, ms. */
export const KEEP_ALIVE_MS = 30_000;
