/** Milliseconds between samples of the event loop's delay: the usual HEARTBEAT_MS. */
export const EVENT_LOOP_SAMPLE_MS = 100;
/** Upper bounds in seconds; a flushed write takes milliseconds, a waiting acquire up to 300 s. */
export const HTTP_DURATION_BUCKETS_S: readonly number[] = Object.freeze([
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300,
]);
/** Readiness checks of one node: one or two from each feature. */
export const READINESS_CHECKS_MAX = 64;
