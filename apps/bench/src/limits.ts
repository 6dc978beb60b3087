/** Nodes of one cluster: each is a process, and the bench machine has few cores. */
export const NODES_MAX = 7;
export const ROUNDS_MAX = 50;
/** Seconds of one scenario in one round. */
export const SECONDS_MAX = 600;
export const KILLS_MAX = 1_000;
/** Ports of the systems: apart from the tests' (15,000 up) and below the ephemeral range. */
export const PORT_MIN = 10_000;
export const PORT_MAX = 14_999;
/** Milliseconds until a started system must serve; the first start on a busy machine is slow. */
export const READY_DEADLINE_MS = 60_000;
/** Milliseconds between two looks at something that is not there yet. */
export const POLL_MS = 20;
/** Milliseconds that one look at a server may take. */
export const LOOK_TIMEOUT_MS = 1_000;
export const CONNECT_TIMEOUT_MS = 10_000;
/** Milliseconds of one request, above the longest wait of a scenario. */
export const REQUEST_TIMEOUT_MS = 60_000;
/** Microseconds that the histograms tell apart at most: REQUEST_TIMEOUT_MS. */
export const LATENCY_MICROSECONDS_MAX = 60_000_000;
/** Milliseconds a loop rests after a failure, so that a dead server is not hammered. */
export const FAILURE_REST_MS = 5;
/** Lines kept of each server's output, shown when it ends or does not get ready. */
export const LAST_LINES_MAX = 20;
/** Milliseconds from the end of a scenario's time until the load generator must have answered. */
export const ORDER_GRACE_MS = 120_000;
