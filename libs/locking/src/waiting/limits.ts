/** How long one try to give an undelivered grant back may take, milliseconds. */
export const RELEASE_TIMEOUT_MS = 5_000;

/** Pause before an undelivered grant is given back again, milliseconds. */
export const RELEASE_RETRY_MS = 500;

/**
 * Undelivered grants that are being given back at once; what comes above is left to the end of its
 * lease. As many as clients may be lost with one proxy.
 */
export const UNDELIVERED_GRANTS_MAX = 10_000;

/** How long a stopping node waits for undelivered grants to be given back, milliseconds. */
export const SHUTDOWN_RELEASE_MS = 1_000;

/** Least time between two warnings of cancellations that nobody decides, milliseconds. */
export const WARNING_INTERVAL_MS = 10_000;

/** Bounds of `sinkron_lock_acquire_seconds`: a commit of the majority takes milliseconds. */
export const ACQUIRE_BUCKETS_S = [
  0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5,
] as const;

/** Bounds of `sinkron_lock_wait_seconds`: from a hand-over to the longest wait. */
export const WAIT_BUCKETS_S = [
  0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300,
] as const;
