/** How long a preferred leader must have been alive before it gets a shard back, ms. */
export const HAND_BACK_WAIT_MS_MIN = 30_000;

/** The longest such wait, ms: it is doubled each time when the shard was lost again. */
export const HAND_BACK_WAIT_MS_MAX = 600_000;

/** Between two shards that go back, ms: each costs its writers some milliseconds. */
export const HAND_BACK_PACE_MS = 5_000;

/** Entries that a preferred leader may lack when it gets a shard back: they are sent before it leads. */
export const HAND_BACK_LAG_ENTRIES_MAX = 100;

/**
 * For how long a shard that moves holds up the shards behind it while its replicas do not change, ms: longer than a
 * learner takes for a shard of some gigabytes; one that never catches up must not keep the others in their places.
 */
export const MOVE_STALLED_MS = 60_000;
