/** How long one node is asked before the request is tried again, ms; a new leader cuts it short. */
export const ATTEMPT_TIMEOUT_MS = 1000;

/** Pause before a request is tried again, ms; doubles from the first to the second. */
export const RETRY_PAUSE_MS_MIN = 10;
export const RETRY_PAUSE_MS_MAX = 100;

/**
 * How often nodes tell each other who leads what, ms: what a node without a replica goes by. As often as
 * quiet leaders' heartbeats at the default `HEARTBEAT_MS`: they leave in the same frames.
 */
export const STATUS_INTERVAL_MS = 200;

/**
 * Heartbeats for which a node without a replica believes in a leader that it does not hear, besides one
 * status interval: two of the longest election timeouts.
 */
export const LEADER_SILENCE_HEARTBEATS = 40;

/** How often an empty node asks the others while the cluster forms, ms. */
export const FORMATION_INTERVAL_MS = 200;

/**
 * How long an empty node with nobody else in `PEERS` listens before it forms a cluster of its own, ms: the
 * members of a cluster that lost it call every 2 s at the latest (`PEER_TIMING_DEFAULT`).
 */
export const LONE_FORMATION_MS = 3000;

/** How long the first command of a node in a group waits for its proposer to be opened, ms. */
export const OPENING_TIMEOUT_MS = 60_000;

/** Members of a cluster, as many as `PEERS` may have: every node keeps connections to all others. */
export const MEMBERS_MAX = 64;

/** Pause before the list of members is written again that the disk did not take, ms. */
export const KEEP_AGAIN_MS = 5000;

/** How often a node that is refused by a peer asks it for the list of members, ms. */
export const MEMBERS_ASK_INTERVAL_MS = 1000;
export const MEMBERS_ASK_TIMEOUT_MS = 1000;

/** How often a node that is no member asks whether it may join, ms: an operator waits for it. */
export const JOIN_INTERVAL_MS = 500;
/** How long it waits for the answer, ms: the members ask their leader, and the leader the node itself. */
export const JOIN_TIMEOUT_MS = 3000;
/** How long a member asks its leader for it, ms: below the former, so that what comes of it is told. */
export const ADMIT_TIMEOUT_MS = 2000;
/** How long the leader waits for the node to show its disk, ms: below `ATTEMPT_TIMEOUT_MS`. */
export const JOIN_PROOF_TIMEOUT_MS = 500;

/** How often the leader looks whether the group's replicas are those that they should be, ms. */
export const KEEPER_INTERVAL_MS = 250;
/** How often a node looks whether it leads shards that others should lead, ms. */
export const HAND_BACK_LOOK_MS = 1000;

/** How long the leader of a shard is asked whether the shard counts on a leaving member, ms. */
export const DEPARTURE_ASK_TIMEOUT_MS = 1000;
/** How long the keeper's own commands may take, ms; it tries again. */
export const KEEPER_COMMAND_TIMEOUT_MS = 5000;
