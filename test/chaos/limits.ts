/** Bytes that may wait in one direction of one connection; then its source is not read. */
export const PIPE_BYTES_MAX = 4 * 1024 * 1024;
/** Bytes of a connection before it has named its sender; the handshake's first message is below 1 KiB. */
export const HELLO_BYTES_MAX = 8 * 1024;

/** Minutes that one run may take: its calls are kept in memory, some 100 MiB in this time. */
export const MINUTES_MAX = 120;
/** Nodes of a cluster of a run: names have one digit. */
export const NODES_MAX = 7;

/** Milliseconds that a call asks the server to be done within, besides its wait: X-Timeout-Ms. */
export const CALL_TIMEOUT_MS = 2_500;
/** Milliseconds after which a client gives an answer up, on top of that and of the wait. */
export const CALL_PATIENCE_MS = 1_500;
/** Tries of a call with an Idempotency-Key, until its outcome counts as unknown. */
export const TRIES_MAX = 6;
/** Milliseconds between two tries: from, to. */
export const TRY_PAUSE_MS: readonly [number, number] = [50, 400];
/** Milliseconds that a worker pauses when its node takes no connections. */
export const REFUSED_PAUSE_MS = 100;

/** Milliseconds after which the locks that workers contend for get new names: a history of one name
 *  stays short enough to be checked for linearizability. */
export const GENERATION_MS = 10_000;
/** Milliseconds of leases: short enough to end during a run, longer than an election. */
export const HOLD_TTL_MS = 3_000;
export const SESSION_TTL_MS = 4_000;
/** Milliseconds of the lease of locks that are kept: longer than any run. */
export const KEPT_TTL_MS = 4 * 3_600_000;

/** Topics of a run, each in a shard of its own. */
export const TOPICS = 3;
/** Messages that one producer publishes: all that is seen of them is kept in memory, about 1 KiB each.
 *  They are reached after an hour. */
export const PUBLISHED_MAX = 40_000;
/** Milliseconds that a message stays with its consumer: longer than an election. */
export const VISIBILITY_MS = 3_000;
/** Milliseconds by which clocks of clients and log time may differ: they are read some time apart. */
export const CLOCKS_SLACK_MS = 250;
/** Milliseconds that the end of a stream may be seen later by its reader than by its node. */
export const STREAM_END_MS = 250;
/** Milliseconds until a group that nobody publishes to must be empty: what failed before waits for its
 *  visibility, its back-off and its delay. */
export const DRAIN_DEADLINE_MS = 60_000;
/** Deliveries of one message while its group is emptied; more would fill the history with the same. */
export const DRAIN_DELIVERIES_MAX = 10;
/** Messages of one receive while a group is emptied. */
export const DRAIN_BATCH_MAX = 100;

/** Milliseconds between two looks at what the nodes say about their leader. */
export const SAMPLE_INTERVAL_MS = 500;
/** Milliseconds from the end of the faults until every node has to serve: not a promise of speed. */
export const RECOVERY_DEADLINE_MS = 60_000;
/** Milliseconds until replicas that nobody writes to must have become equal. */
export const AGREEMENT_DEADLINE_MS = 30_000;
/** Milliseconds that workers get to end what they have begun. */
export const QUIET_DEADLINE_MS = 30_000;
/** Milliseconds from a fault in a node's disk until a process that stopped of it is started again. */
export const RESTART_POLL_MS = 100;

/** Violations of one check that are written out. */
export const VIOLATIONS_SHOWN_MAX = 10;
/** Bytes of the small file system that is filled up. */
export const SMALL_DISK_BYTES = 96 * 1024 * 1024;
/** Milliseconds from SIGTERM until a node counts as hanging: it drains for 2 s and hands over. */
export const TERMINATION_DEADLINE_MS = 60_000;
/** Milliseconds until all nodes of a new cluster must be ready. */
export const START_DEADLINE_MS = 120_000;
/** Milliseconds of a run that are kept for what follows the faults. */
export const TAIL_MS = 12_000;
/** Milliseconds of load after every node serves again. */
export const CALM_MS = 2_000;
/** Nodes that a cluster may have besides its founders. */
export const NEWCOMERS_MAX = 2;
/** Milliseconds until the voters of a cluster that is left alone are those that it wants; shards move one
 *  after the other. */
export const SETTLING_DEADLINE_MS = 90_000;
/** Milliseconds that a change of members may take while other faults go on; then it is left to itself. */
export const MEMBER_CHANGE_DEADLINE_MS = 20_000;
/** Milliseconds that the next fault waits for nodes that boot: a machine with much else to do is slow. */
export const BOOT_DEADLINE_MS = 10_000;
