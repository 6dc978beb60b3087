/**
 * Beats whose instant a node remembers: an echo of an older one, some seconds old, would prove no more
 * than that a member was alive when it counted as dead anyway.
 */
export const BEATS_KEPT = 64;

/** Milliseconds without a beat of its own after which a node takes its own silence for what it was. */
export const DEAF_AFTER_MS = 1000;

/** Of how many status events one tells of all groups, the others of those that have changed: one in 2 s. */
export const COMPLETE_STATUS_BEATS = 10;

/** Entries a replica may be behind what is committed and still count as caught up. */
export const CAUGHT_UP_ENTRIES_MAX = 1000;
