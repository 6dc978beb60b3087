/** How long one attempt to connect to Redis may take, ms. */
export const CONNECT_TIMEOUT_MS = 2000;

/** Pauses between attempts grow by this, ms. */
export const RETRY_PAUSE_STEP_MS = 50;

/** The longest pause between attempts, ms. */
export const RETRY_PAUSE_MS_MAX = 2000;
