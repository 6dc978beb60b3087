/**
 * Acquires with a wait that one node serves at once, and waiters whose cancellation is not decided
 * yet: each is a socket or a command to come. More than a queue can have (QUEUE_MAX).
 */
export const WAITING_REQUESTS_MAX = 20_000;

/**
 * How often an acquire is sent anew because its waiter was gone, before the node gives up. Each
 * time the cluster removed a waiter for a reason of its own, which does not happen often.
 */
export const ACQUIRES_PER_REQUEST_MAX = 100;

/** How often a waiter is asked after without any hint, milliseconds: hints may be lost. */
export const CLAIM_INTERVAL_MS = 5_000;

/** Waiters that are asked after at the same time spread over this time, milliseconds. */
export const CLAIM_SPREAD_MS = 1_000;

/** Claims without a hint are made at multiples of this, milliseconds, so that they share requests. */
export const CLAIM_GRID_MS = 100;

/** Pause before a claim that nobody answered is made again, milliseconds. */
export const CLAIM_RETRY_MS = 500;

/** How long one request with claims may take, milliseconds; then its waiters are asked after anew. */
export const CLAIM_TIMEOUT_MS = 2_000;

/** Requests with claims under way at once: after a change of leader all waiters are asked after. */
export const CLAIM_REQUESTS_MAX = 2;

/** Cancellations under way at once, well below the commands one node may have under way (900). */
export const CANCELS_MAX = 256;

/** How long one try to cancel may take, milliseconds. */
export const CANCEL_TIMEOUT_MS = 5_000;

/** Pause before a cancellation that was not decided is tried again, milliseconds. */
export const CANCEL_RETRY_MS = 500;

/**
 * The least time in which the end of a wait is decided, milliseconds, before its caller is told that
 * the outcome is unknown: also for a caller whose own deadline passed in a stall of this node.
 */
export const CANCEL_GRACE_MS = 500;

/** How long a stopping node tries to end its waits properly, milliseconds. */
export const SHUTDOWN_CANCEL_MS = 3_000;

/**
 * How long a hint for a waiter that nobody attends is kept, milliseconds: a hint may overtake the
 * answer that names the waiter. After it the waiter's acquire was given up, and it is cancelled.
 */
export const UNATTENDED_NOTICE_MS = 2_000;

/** Hints for waiters that nobody attends; what comes above is left to the end of its lease. */
export const UNATTENDED_NOTICES_MAX = 20_000;

/**
 * Waiters whose end is remembered, so that a late hint does not take a lock from a client that was
 * told of it: about 4 MiB, and half a minute of 2,000 hand-overs a second.
 */
export const FINISHED_WAITERS_MAX = 65_536;

/** Proposers under which this process sent commands; the older ones are closed long since. */
export const OWN_PROPOSERS_MAX = 16;
