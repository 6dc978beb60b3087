/** Silence after which a member is called suspect, ms: two pings and a half are missing. */
export const SUSPECT_AFTER_MS = 1250;

/** Silence after which a member is called dead, ms. */
export const DEAD_AFTER_MS = 3000;
