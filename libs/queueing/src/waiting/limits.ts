/** How long one watch may take before the waiting room hears that it failed, milliseconds. */
export const WATCH_TIMEOUT_MS = 2_000;

/**
 * How long after its caller was answered a receive may still end, so that what it handed out is
 * returned, milliseconds: above the time that a new leader takes. The place of such a receive is one of
 * `WAITING_RECEIVES_MAX` until then.
 */
export const LATE_RECEIVE_MS = 10_000;

/**
 * How long before its caller is answered the store gives up a receive of which nothing can have happened,
 * milliseconds: so that its 503 comes before the 504 that all others get then.
 */
export const GIVE_UP_AHEAD_MS = 20;

/** How long a stopping node waits for receives whose callers are answered, milliseconds. */
export const SHUTDOWN_LATE_MS = 1_000;

/** How long one try to return messages may take, milliseconds. */
export const RETURN_TIMEOUT_MS = 5_000;

/** How long a node tries to return messages, milliseconds; they are ready again by themselves later. */
export const RETURN_FOR_MS = 60_000;

/** Pause before messages are returned again, milliseconds. */
export const RETURN_RETRY_MS = 500;

/**
 * Deliveries that are being returned at once; what comes above is left to its visibility. As many as
 * clients may be lost with one proxy.
 */
export const RETURNS_MAX = 10_000;

/** How long a stopping node waits for messages to be returned, milliseconds. */
export const SHUTDOWN_RETURN_MS = 1_000;

/** How long it may take at least to fetch the bodies of a repeated answer, milliseconds. */
export const BODIES_TIMEOUT_MS = 1_000;
