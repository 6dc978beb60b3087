/** Commands in one log entry: amortises the entry's cost, keeps one apply short. */
export const ENTRY_COMMANDS_MAX = 256;

/** Bytes of commands in one log entry (a single larger command still goes, alone). */
export const ENTRY_BYTES_MAX = 256 * 1024;

/** Commands that wait for an earlier entry or a flush before they are appended all the same. */
export const GATHERED_COMMANDS_MAX = 128;

/** Commands proposed at a leader and not yet applied; beyond it the caller is refused. */
export const PROPOSALS_MAX = 16_384;

/** Bytes of such commands. */
export const PROPOSALS_BYTES_MAX = 32 * 1024 * 1024;

/** Entries applied in one turn of the event loop before others get theirs. */
export const APPLY_ENTRIES_MAX = 64;

/**
 * Commands applied in one turn, some 5 ms of them; the entry that reaches it is applied as a whole. A
 * replica that catches up has entries of dozens of commands by the thousand.
 */
export const APPLY_COMMANDS_MAX = 128;

/** Bytes of entries read from the log for one turn of applying. */
export const APPLY_BYTES_MAX = 1024 * 1024;

/**
 * Records that a machine reads in one turn of the event loop when a snapshot has replaced its tables:
 * about 7 ms, measured at 14 µs for a lock or a remembered answer.
 */
export const RELOAD_STEPS_PER_TURN = 512;

/** Bytes of one part of a snapshot: read, sent and staged in a turn of a few milliseconds. */
export const SNAPSHOT_PART_BYTES = 64 * 1024;

/** Parts of one snapshot under way: hides the round trip, bounds what both sides hold. */
export const SNAPSHOT_WINDOW_PARTS = 4;

/** Snapshots that a node sends at a time: each holds a read transaction and two windows of memory. */
export const SNAPSHOT_STREAMS_MAX = 4;

/** Heartbeats without an answer after which the window of a snapshot is sent again. */
export const SNAPSHOT_RESEND_TICKS = 10;

/** Heartbeats without an answer after which a snapshot is given up: its reader must not stay open. */
export const SNAPSHOT_SILENT_TICKS_MAX = 50;

/**
 * Heartbeats for which the log is kept for a follower after its snapshot: at the usual 100 ms, the
 * minute that the snapshot itself may take.
 */
export const CATCH_UP_TICKS_MAX = 600;

/** Entries kept behind the flushed state, for followers a little behind: cheaper than a snapshot. */
export const LOG_KEPT_ENTRIES = 10_000;

/** Bytes of entries kept behind the flushed state, when that is less. */
export const LOG_KEPT_BYTES = 32 * 1024 * 1024;

/** Entries and bytes that one compaction deletes: about a millisecond of a transaction. */
export const COMPACTION_ENTRIES = 1024;
export const COMPACTION_BYTES = 4 * 1024 * 1024;

/** How much of the applied log a replica keeps, and in which steps it lets go of the rest. */
export interface LogKeeping {
  readonly entries: number;
  readonly bytes: number;
  readonly stepEntries: number;
  readonly stepBytes: number;
}

export const LOG_KEEPING: LogKeeping = {
  entries: LOG_KEPT_ENTRIES,
  bytes: LOG_KEPT_BYTES,
  stepEntries: COMPACTION_ENTRIES,
  stepBytes: COMPACTION_BYTES,
};

/** Heartbeats for which a leader has had nothing to say before it leaves heartbeats out. */
export const QUIET_AFTER_TICKS = 20;

/**
 * Of how many heartbeats a quiet leader sends one. Elections begin after ten and a lease lasts for nine. Proposals
 * are refused three after an answer: a leader that is woken up later than that asks first.
 */
export const QUIET_HEARTBEAT_TICKS = 4;

/** Milliseconds after which a message of a snapshot counts as lost: it has been sent again by then. */
export const RAFT_BULK_TIMEOUT_MS = 10_000;

/**
 * The largest term or index that is believed of another replica. The disk has 48 bits for each; this
 * leaves as many again to count on, and at 10,000 entries a second it is reached in 400 years.
 */
export const POSITION_MAX = 2 ** 47;
