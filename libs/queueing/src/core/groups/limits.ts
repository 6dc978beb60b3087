/** Messages of one group whose visibility or back-off has passed that one command deals with: at most three records each. */
export const DUE_PER_COMMAND_MAX = 1_000;

/**
 * Messages that one receive passes by without handing them out: behind the head of their key, or past
 * their ttl. Each costs a look at its key; none is passed twice, since the cursor stays where it came to.
 */
export const PASSED_PER_RECEIVE_MAX = 1_000;

/** Back-off of a message with a key that has failed `maxDeliveries` times, if the topic sets none, milliseconds. */
export const BLOCKED_BACKOFF = { initialMs: 1_000, multiplier: 2, maxMs: 60_000 };

/**
 * Groups of one shard that are held in memory beyond their record: their deliveries, about 150 bytes a
 * message in flight, and the windows of their cursors. The one used least recently is dropped.
 */
export const GROUPS_LOADED_MAX = 1_024;

/**
 * Messages in flight in the groups of one shard that are held so: about 150 MiB. The group that is used is
 * held in any case.
 */
export const ENTRIES_LOADED_MAX = 1_000_000;

/** Messages in the windows of all groups of one shard: about 16 MiB. */
export const WINDOWS_PER_SHARD_MAX = 64 * 1_024;

/** A window is shared by ten priorities; one that needs more gets at least this many of it, messages. */
export const WINDOW_LOAD_MIN = 64;
