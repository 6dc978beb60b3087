/** Milliseconds for which keep-alives are gathered where many come: a twentieth of the shortest ttl. */
export const KEEP_ALIVE_GATHER_MS = 50;

/** Keep-alives within a second at one node from which on they are gathered. */
export const KEEP_ALIVES_PER_SECOND_MANY = 32;
