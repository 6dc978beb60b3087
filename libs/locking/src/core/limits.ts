/** Longest lock name, bytes of UTF-8; the length every named thing of the API has. */
export const LOCK_NAME_BYTES_MAX = 256;

/** Longest owner, characters; room for a host name, a process and a request id. */
export const OWNER_CHARS_MAX = 128;

/** Metadata of a holder as JSON, bytes: a note for people, not a store. */
export const METADATA_BYTES_MAX = 1_024;

/** Shortest time to live, milliseconds: twice a heartbeat, below it expiry would be a lottery. */
export const TTL_MS_MIN = 100;

/** Longest time to live, milliseconds: one day; whoever needs longer renews. */
export const TTL_MS_MAX = 86_400_000;

/** Time to live of an acquire that names none, milliseconds. */
export const TTL_MS_DEFAULT = 30_000;

/** Longest server-side wait of an acquire, milliseconds. */
export const WAIT_MS_MAX = 300_000;

/** Longest lock-delay, milliseconds. */
export const LOCK_DELAY_MS_MAX = 60_000;

/**
 * Locks held at once. All are in memory on every voter (about 1 KiB each at most in practice),
 * so a client that forgets to release meets a refusal, not an exhausted server.
 */
export const LOCKS_MAX = 1_000_000;

/** Largest token: answers are JSON numbers, which are exact below 2^53. */
export const TOKEN_MAX = Number.MAX_SAFE_INTEGER;

/** Locks in one page of a list; the API's limit for every list. */
export const LIST_LOCKS_MAX = 1_000;

/**
 * Leases ended by one expiry command; each touches one record, and an apply touches at most 1,000.
 * One command a heartbeat: mass expiry never crowds out the proposals of clients.
 */
export const LEASES_PER_EXPIRY_MAX = 1_000;

/** Names in one chunk of the name index: an insert moves at most this many references. */
export const NAMES_PER_CHUNK_MAX = 512;

/**
 * Pause before a renewal that met an expiring lease asks again, milliseconds: about the time a
 * majority needs to decide the expiry.
 */
export const EXPIRING_RETRY_DELAY_MS = 10;
