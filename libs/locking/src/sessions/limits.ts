/** Milliseconds for which keep-alives are gathered where many come: a twentieth of the shortest ttl. */
export const KEEP_ALIVE_GATHER_MS = 50;

/** Keep-alives within a second at one node from which on they are gathered. */
export const KEEP_ALIVES_PER_SECOND_MANY = 32;

/**
 * A connection that sends its next keep-alive sooner than that waits for each answer: if it were gathered,
 * it could send no more than 20 a second, and whoever keeps hundreds of sessions so would lose them.
 */
export const KEEP_ALIVE_PAUSE_MS = 2 * KEEP_ALIVE_GATHER_MS;
