/** Silence after which a member is called suspect, ms: some of its status events in a row are missing. */
export const SUSPECT_AFTER_MS = 1250;

/**
 * Silence after which a member is called dead, ms. It counts from an instant at which the member
 * certainly lived, so all nodes that hear each other call it dead when this has passed since its end.
 */
export const DEAD_AFTER_MS = 2500;
