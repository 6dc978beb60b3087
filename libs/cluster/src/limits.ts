/** How long one node is asked before the request is tried again, ms; a new leader cuts it short. */
export const ATTEMPT_TIMEOUT_MS = 1000;

/** Pause before a request is tried again, ms; doubles from the first to the second. */
export const RETRY_PAUSE_MS_MIN = 10;
export const RETRY_PAUSE_MS_MAX = 100;

/** How often nodes tell each other who leads what, ms: what a node without a replica goes by. */
export const STATUS_INTERVAL_MS = 200;

/**
 * Heartbeats for which a node without a replica believes in a leader that it does not hear, besides one
 * status interval: two of the longest election timeouts.
 */
export const LEADER_SILENCE_HEARTBEATS = 40;

/** How often an empty node asks the others while the cluster forms, ms. */
export const FORMATION_INTERVAL_MS = 200;

/** How long the first command of a node in a group waits for its proposer to be opened, ms. */
export const OPENING_TIMEOUT_MS = 60_000;

/** Members of a cluster, as many as `PEERS` may have: every node keeps connections to all others. */
export const MEMBERS_MAX = 64;
