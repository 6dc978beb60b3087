/** Ports for tests: below the ephemeral range (32768 and up), above what services commonly use. */
export const TEST_PORT_MIN = 20_000;
export const TEST_PORT_MAX = 30_000;
/** Milliseconds until every node of a cluster must be ready. */
export const READY_DEADLINE_MS = 30_000;
/** Milliseconds for a test that restarts nodes, of which each takes seconds on a busy machine. */
export const CLUSTER_TEST_MS = 90_000;
/** Milliseconds between two looks at a condition. */
export const POLL_MS = 20;
/** Milliseconds that a single look may take. */
export const LOOK_TIMEOUT_MS = 1_000;
/**
 * X-Timeout-Ms of requests to servers in processes of their own: an election on a busy machine may fall on
 * any. Tests that wait for the end of a deadline send a shorter one.
 */
export const PATIENCE_MS = 15_000;
/** Milliseconds that a request of a test may take; above the largest X-Timeout-Ms with waitMs of tests. */
export const REQUEST_TIMEOUT_MS = 30_000;
/** Milliseconds from SIGTERM until a test gives up on a node; the server drains for 10 s. */
export const STOP_DEADLINE_MS = 25_000;
/** Log lines kept of each node; the oldest go first. */
export const LOG_LINES_MAX = 2_000;
/** Log lines of each node that are printed when a test fails. */
export const LOG_LINES_PRINTED_MAX = 60;
/** Shards of a family in clusters of tests that are not about shards: each costs every node a replica. */
export const TEST_SHARDS = 2;
