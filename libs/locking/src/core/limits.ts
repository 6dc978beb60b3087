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

/** Shortest time to live of a session, milliseconds: its keep-alives cross the network. */
export const SESSION_TTL_MS_MIN = 1_000;

/** Longest time to live of a session, milliseconds: one hour; it is kept alive, not long. */
export const SESSION_TTL_MS_MAX = 3_600_000;

/** Time to live of a session that names none, milliseconds. */
export const SESSION_TTL_MS_DEFAULT = 15_000;

/** Longest session id, characters: a session without an owner is its own. */
export const SESSION_ID_CHARS_MAX = OWNER_CHARS_MAX;

/** Longest name of a session, characters: a note for people. */
export const SESSION_NAME_CHARS_MAX = 128;

/** Locks that one command acquires, releases or renews together. */
export const LOCKS_PER_COMMAND_MAX = 64;

/**
 * Locks held at once. All are in memory on every voter (about 1 KiB each at most in practice),
 * so a client that forgets to release meets a refusal, not an exhausted server.
 */
export const LOCKS_MAX = 1_000_000;

/**
 * Places in all queues together; a request for several locks has one in each. Each is memory on
 * every voter, and when their session or proposer ends all of them leave their queues at once.
 */
export const WAITERS_MAX = 100_000;

/** Places in the queue of one lock; whoever comes then would hardly live to see its turn. */
export const QUEUE_MAX = 20_000;

/**
 * Places of one holder in the queue of one lock. A holder stands for one thread of control, so more
 * than one or two are a mistake; with them what the end of one hold touches stays bounded.
 */
export const PLACES_PER_HOLDER_MAX = 8;

/** Waiters whose grants one hold remembers, so that they can be claimed or given back. */
export const GRANTED_WAITERS_PER_HOLD_MAX = 64;

/** Sessions at once; each is kept alive about three times a lease. */
export const SESSIONS_MAX = 100_000;

/** Proposers that attend one waiter: one a node, so more than any cluster has nodes. */
export const PROPOSERS_PER_WAITER_MAX = 64;

/** Characters of a proposer's id, as the group that applies the commands bounds it. */
export const PROPOSER_CHARS_MAX = 256;

/** Characters of an idempotency scope or fingerprint, as the group that applies commands bounds it. */
export const IDEMPOTENCY_CHARS_MAX = 256;

/** Largest token: answers are JSON numbers, which are exact below 2^53. */
export const TOKEN_MAX = Number.MAX_SAFE_INTEGER;

/** Items in one page of a list; the API's limit for every list. */
export const LIST_ITEMS_MAX = 1_000;

/** Holders of one lock in a view; the count is told beside them. */
export const VIEW_HOLDERS_MAX = 1_000;

/** Waiters of one lock in a view; the count is told beside them. */
export const VIEW_QUEUE_MAX = 1_000;

/**
 * Holders and waiters in one page of locks; a page that reaches it is short. With notes of 1 KiB
 * it stays a few MiB.
 */
export const PAGE_ENTRIES_MAX = 4_000;

/** Holders named to whoever meets a held lock. */
export const OBSTACLES_MAX = 100;

/** Edges of a cycle that are named; a longer one is cut. */
export const CYCLE_EDGES_MAX = 1_000;

/** Edges in one answer of the wait-for graph. */
export const GRAPH_EDGES_MAX = 10_000;

/** Events that every replica remembers. */
export const EVENTS_MAX = 10_000;

/** Characters of an event's id: two integers below 2^53 and a dash. */
export const EVENT_ID_CHARS_MAX = 33;

/** Edges of a cycle in a remembered event, so that 10,000 deadlocks stay below 20 MiB. */
export const EVENT_CYCLE_EDGES_MAX = 32;

/** Records that one command writes or removes, below the 1,000 that an apply may touch. */
export const RECORDS_PER_COMMAND_MAX = 900;

/** Holds and waiters that a command ends itself; of more it marks the end and sweeps follow. */
export const ENDS_PER_COMMAND_MAX = 200;

/**
 * Waiters that the close of their proposer ends itself. Below ENDS_PER_COMMAND_MAX: the group
 * removes up to 900 records of the proposer with the same command.
 */
export const ENDS_PER_CLOSE_MAX = 90;

/**
 * Waiters that one command removes because what it changed put them on a cycle, beyond its other
 * records. Only owners that wait in several threads at once come near one.
 */
export const CYCLES_PER_COMMAND_MAX = 64;

/** Waiting multi-locks that one request may pass to break a cycle before it is refused. */
export const SOFT_EDGES_MAX = 64;

/**
 * What the search for those that have to let a request pass may cost, beyond the first way that it
 * tries: ways that led nowhere; and edges of the wait-for graph and places moved to other runs, some 25 ms.
 */
export const PASSINGS_TRIED_MAX = 500;
export const PASSING_STEPS_MAX = 100_000;

/** Leases ended by one expiry command: each may end a hold, begin a delay and grant a waiter. */
export const LEASES_PER_EXPIRY_MAX = 250;

/** Expiry commands a heartbeat: mass expiry never crowds out the proposals of clients. */
export const EXPIRIES_PER_TICK_MAX = 4;

/** Leases that a new leader looks at in one turn: a million at once would cost the leadership. */
export const LEASES_BEGUN_PER_TURN_MAX = 10_000;

/** Holds given back by one command because nobody claimed them. */
export const HOLDS_PER_ABANDON_MAX = 200;

/** Waiters asked after in one request. */
export const CLAIMS_PER_REQUEST_MAX = 500;

/** Waiters in one notice; the proposer asks by claims of the same size. */
export const WAITERS_PER_NOTICE_MAX = CLAIMS_PER_REQUEST_MAX;

/** Names in one chunk of the name index: an insert moves at most this many references. */
export const NAMES_PER_CHUNK_MAX = 512;

/**
 * Pause before a renewal that met an expiring lease asks again, milliseconds: about the time a
 * majority needs to decide the expiry.
 */
export const EXPIRING_RETRY_DELAY_MS = 10;
