/** Fuzz runs at the same time, each with a seed of its own, so that requests meet each other. */
export const LANES = 6;
/** Milliseconds after which a client that waits for a lock goes away without an answer. */
export const LEAVE_MS = 120;
/** Waits up to this many milliseconds are awaited; clients with longer ones leave. */
export const AWAITED_WAIT_MS_MAX = 60;
/** Milliseconds beyond a request's own deadline after which the lack of an answer is a fault. */
export const ANSWER_SLACK_MS = 15_000;
/** Milliseconds of patience when X-Timeout-Ms is not sent, as documented. */
export const TIMEOUT_MS_DEFAULT = 5_000;
/** Holds that are remembered, so that requests can be made that give them back. */
export const LIVE_HOLDS_MAX = 64;
/** Milliseconds in which all waiters of clients that have gone must have left their queues. */
export const QUEUES_EMPTY_DEADLINE_MS = 20_000;
/** Items of a page when everything is listed. */
export const PAGE_LIMIT = 1_000;
/** Milliseconds of rest before memory is read: garbage collection runs when it likes. */
export const REST_MS = 1_500;
/**
 * MiB of anonymous memory that a node may have more at the end than after a fifth of the run. A
 * node remembers idempotency keys for ten minutes and 10,000 events, and the collector of V8 lets
 * its heap grow before it works; a leak of 10 KiB a request would be 150 MiB in 20,000 requests.
 */
export const GROWTH_MIB_MAX = 96;
