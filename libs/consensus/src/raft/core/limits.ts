/** Entries in one AppendEntries: enough to fill a frame, few enough to keep the loop responsive. */
export const APPEND_ENTRIES_MAX = 1024;

/** Bytes of entries in one AppendEntries (a single larger entry still goes, alone). */
export const APPEND_BYTES_MAX = 256 * 1024;

/** AppendEntries on their way to one follower: hides the round trip, bounds what a slow one holds. */
export const INFLIGHT_MESSAGES_MAX = 256;

/** Bytes on their way to one follower: what it takes between two flushes of a slow disk. */
export const INFLIGHT_BYTES_MAX = 8 * 1024 * 1024;

/**
 * AppendEntries sent to one follower at once, some milliseconds of reading where the disk has them. Each answer lets
 * as many more go: the window of one that comes back fills within a few round trips, not in one turn.
 */
export const APPENDS_AT_ONCE_MAX = 2;

/** Bytes a leader appends beyond its commit index before it refuses proposals. */
export const UNCOMMITTED_BYTES_MAX = 16 * 1024 * 1024;

/** Entries a leader appends beyond its commit index before it refuses proposals. */
export const UNCOMMITTED_ENTRIES_MAX = 65_536;

/** Bytes of recent entries kept in memory beside the disk, for followers a little behind. */
export const RECENT_BYTES_MAX = 4 * 1024 * 1024;

/** Reads waiting for a heartbeat round before new ones are refused. */
export const PENDING_READS_MAX = 65_536;

/** Heartbeat rounds under way before reads share the round of the next heartbeat. */
export const ROUNDS_MAX = 1024;

/** Election timeouts are drawn from [10, 20) heartbeats: a leader may miss nine in a row. */
export const ELECTION_TICKS_MIN = 10;
export const ELECTION_TICKS_MAX = 20;

/**
 * How much faster one machine's monotonic clock may run than another's. Quartz drifts by less
 * than 0.001; 0.1 leaves room for slewed clocks and virtual machines.
 */
export const CLOCK_DRIFT_MAX = 0.1;

/** Heartbeats without an answering majority after which a leader refuses proposals. */
export const UNANSWERED_HEARTBEATS_MAX = 2;

/**
 * Heartbeats that a leader waits for its own disk before it steps down: two of the longest election
 * timeouts, so that a disk that hiccups costs no election.
 */
export const STALLED_DISK_TICKS_MAX = 2 * ELECTION_TICKS_MAX;

/**
 * Entries by which a learner may lag when it is made a voter: what a follower that keeps up has under
 * way. One that lags more would hold up every commit that needs it (Raft §6).
 */
export const CAUGHT_UP_ENTRIES_MAX = 1024;

/**
 * Heartbeats for which a leader goes on telling a replica that it was removed: as long as the longest
 * election timeout, so that one that was busy for a moment hears of it.
 */
export const FAREWELL_TICKS_MAX = ELECTION_TICKS_MAX;

/**
 * Messages of snapshots that wait for the driver to take them, in either direction: several windows
 * of one stream. More are lost, and sent again.
 */
export const SNAPSHOT_PARTS_WAITING_MAX = 16;
