/** Messages that one page of a look at messages goes through, so that a filter does not read a whole backlog. */
export const MESSAGES_LOOKED_AT_MAX = 10_000;

/** How long a new leader finds nothing due, milliseconds: consumers that acknowledge meanwhile are heard first. */
export const QUIET_MS = 1_000;

/** Groups that nodes watch in one shard: beyond it a watch is answered, and nothing is told later. */
export const WATCHED_GROUPS_MAX = 100_000;

/** Topics, and groups, whose messages the leader of a shard counts; further ones are not counted. */
export const COUNTED_MAX = 10_000;

/** Between two `due` entries that only the wall clock of the leader speaks for, milliseconds. */
export const DUE_RETRY_MS = 1_000;
