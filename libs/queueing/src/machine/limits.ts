/** Messages that one page of a look at messages goes through, so that a filter does not read a whole backlog. */
export const MESSAGES_LOOKED_AT_MAX = 10_000;

/**
 * How long a new leader proposes nothing that is due, milliseconds: the requests that consumers repeat
 * after the change are applied before. It makes no visibility longer: a receipt is stale once log time
 * has reached the end of its visibility, whichever entry tells.
 */
export const QUIET_MS = 1_000;

/** Groups that nodes watch in one shard: beyond it a watch is answered, and nothing is told later. */
export const WATCHED_GROUPS_MAX = 100_000;

/** How often watches that have ended are looked for, milliseconds: until then they may be told of messages. */
export const WATCHES_PRUNED_MS = 1_000;

/** Topics, and groups, whose messages the leader of a shard counts; further ones are not counted. */
export const COUNTED_MAX = 10_000;

/** Between two `due` entries that only the wall clock of the leader speaks for, milliseconds. */
export const DUE_RETRY_MS = 1_000;

/** Other shards that one shard brings messages to at the same time: about a MiB each is under way. */
export const OUTBOX_LOADS_MAX = 4;
