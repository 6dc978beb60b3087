/**
 * Topics that metrics of one node name; the others are counted together, as `other`. Each has up to 64
 * groups, and each of those a time series per metric.
 */
export const TOPICS_LABELLED_MAX = 100;

/** Bounds of `sinkron_queue_publish_seconds`: a commit of the majority takes milliseconds. */
export const PUBLISH_BUCKETS_S = [
  0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5,
] as const;
