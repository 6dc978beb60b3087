/** Nodes of a local cluster: each is a process with two LMDB maps; more than ten tell nothing new. */
export const NODES_MAX = 10;
/** First HTTP port: below it ports need privileges. */
export const BASE_PORT_MIN = 1_024;
/** Distance from a node's HTTP port to its peer port. */
export const PEER_PORT_OFFSET = 1_000;
/** First HTTP port: the last node's peer port must still be a port. */
export const BASE_PORT_MAX = 65_535 - PEER_PORT_OFFSET - NODES_MAX;
/** Milliseconds until every node must be ready; a node starts in 3 s, a slow disk needs more. */
export const READY_DEADLINE_MS = 60_000;
/** Milliseconds between two looks at a node that is not ready yet. */
export const READY_POLL_MS = 100;
/** Milliseconds that a node has for an answer about itself or the leader. */
export const ANSWER_TIMEOUT_MS = 1_500;
/** Milliseconds from SIGTERM to SIGKILL: the server drains for 10 s by default. */
export const STOP_GRACE_MS = 15_000;
/**
 * Milliseconds in which further stop signals are the same Ctrl-C: the terminal sends it to every
 * process of the group, and npm and scripts/start.mjs pass theirs on.
 */
export const SAME_SIGNAL_MS = 1_000;
/** Log lines kept of each node, to be shown when it dies. */
export const LAST_LINES_MAX = 20;
/** Characters of one log line; a longer one is cut into several. */
export const LINE_LENGTH_MAX = 64 * 1_024;
/** Characters of one line typed or piped into the terminal. */
export const COMMAND_LENGTH_MAX = 200;
/** Tries to take over a pid file that a dead launcher left behind. */
export const CLAIM_ATTEMPTS_MAX = 3;
/** Names of foreign files that a refusal lists. */
export const FOREIGN_NAMES_SHOWN_MAX = 3;
